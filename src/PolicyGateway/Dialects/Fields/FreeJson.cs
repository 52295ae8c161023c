using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>Reads JSON of any shape, inside a field that holds such or under a name that no map has.</summary>
/// <param name="texts">Where texts go.</param>
/// <param name="quiet">As the reader has it; null for a request.</param>
internal sealed class FreeJson(TextCollector texts, QuietFields? quiet)
{
    private Dictionary<(int, string), ChannelKey>? _unknown;

    /// <summary>Reads every leaf of what has no fields of its own. In an answer a leaf may arrive in pieces, so each place is one text.</summary>
    public void Scan(JsonElement value, FieldPlace place, ChannelKey key)
    {
        if (quiet is null)
        {
            JsonLeaves.Scan(value, texts, place.Group, key.At(place.Keys));
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    quiet.AddName(property.Name, texts);
                    Scan(property.Value, place, KeyOf(key.Field, property.Name));
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Scan(item, place, key);
                }

                JsonLeaves.CheckNumbers(value, texts);
                break;
            case JsonValueKind.String:
                quiet.Add(place.Group, key.At(place.Keys), value.GetString()!, texts);
                break;
            case JsonValueKind.Number:
                JsonLeaves.CheckNumbers(value, texts);
                break;
        }
    }

    /// <summary>The channel of a name that no map has.</summary>
    public ChannelKey KeyOf(int parent, string name)
    {
        _unknown ??= [];
        if (!_unknown.TryGetValue((parent, name), out var key))
        {
            // Below the channels that the collector names itself.
            key = new ChannelKey(-100 - _unknown.Count);
            _unknown.Add((parent, name), key);
        }

        return key;
    }
}
