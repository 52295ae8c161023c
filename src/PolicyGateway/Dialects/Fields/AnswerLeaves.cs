using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// Reads the parts of an answer of which nothing is known. A leaf may arrive in pieces, over many frames, so each place is one
/// text by its path.
/// </summary>
internal sealed class AnswerLeaves(TextCollector texts)
{
    /// <summary>Keys of places that no map has lie below this, and below those that the collector names itself.</summary>
    private const int First = -100;

    private Dictionary<(int Parent, string Name), ChannelKey>? _keys;

    /// <summary>The channel of a field that is in no map.</summary>
    public ChannelKey KeyOf(int parent, string name)
    {
        _keys ??= [];
        if (!_keys.TryGetValue((parent, name), out var key))
        {
            _keys.Add((parent, name), key = new ChannelKey(First - _keys.Count));
        }

        return key;
    }

    /// <summary>Adds all text below <paramref name="value"/>, and says how many numbers it is, for the array around it.</summary>
    public int Scan(JsonElement value, FieldPlace place, ChannelKey key, QuietFields quiet)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    quiet.AddName(property.Name, texts);
                    Scan(property.Value, place, KeyOf(key.Field, property.Name), quiet);
                }

                break;
            case JsonValueKind.Array:
                var numbers = 0;
                foreach (var item in value.EnumerateArray())
                {
                    numbers += Scan(item, place, key, quiet);
                }

                return JsonLeaves.CheckArray(numbers, texts);
            case JsonValueKind.String:
                quiet.Add(place.Group, key.At(place.Keys), value.GetString()!, texts);
                break;
            case JsonValueKind.Number:
                return JsonLeaves.CheckNumber(value, texts);
        }

        return 0;
    }
}
