using System.Text;
using System.Text.Json;

namespace PolicyGateway.Dialects;

/// <summary>
/// The few changes that a judged request may get before it is sent: the value of one field is replaced, or the field is added.
/// Every other byte stays the one that was judged, and what comes out is read again before it is sent.
/// </summary>
internal static class JsonSplice
{
    /// <summary>The deepest that <c>Gateway:MaxJsonDepth</c> lets through.</summary>
    private const int MaxDepth = 256;

    /// <summary>Sets one field of a JSON object.</summary>
    /// <param name="body">A request that was read: an object without keys that stand twice.</param>
    /// <param name="path">Names from the top, joined with dots, for example <c>stream_options.include_usage</c>.</param>
    /// <param name="json">The new value, as JSON.</param>
    /// <exception cref="InvalidOperationException">Something on the way is no object.</exception>
    public static ReadOnlyMemory<byte> Set(ReadOnlyMemory<byte> body, string path, string json)
    {
        var names = path.Split('.');
        var spot = Find(body.Span, names);
        var spliced = (byte[])[.. body.Span[..spot.Start], .. Encoding.UTF8.GetBytes(Written(spot, names, json)), .. body.Span[spot.End..]];

        using var document = StrictJson.Parse(spliced, MaxDepth, out _);
        return document is not null && Get(document.RootElement, names) is { } value && value.GetRawText() == json
            ? spliced
            : throw new InvalidOperationException("A field of the request could not be set.");
    }

    /// <summary>The value of one field; null where it, or something on the way to it, is not there.</summary>
    public static JsonElement? Get(JsonElement root, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out root))
            {
                return null;
            }
        }

        return root;
    }

    /// <summary>The value, or the members on the way to it that are missing.</summary>
    private static string Written(Spot spot, string[] names, string json)
    {
        if (spot.Found == names.Length)
        {
            return json;
        }

        var member = json;
        for (var depth = names.Length - 1; depth >= spot.Found; depth--)
        {
            member = $"{JsonSerializer.Serialize(names[depth])}:{member}";
            member = depth > spot.Found || spot.IsNull ? $"{{{member}}}" : member;
        }

        return spot.HasMembers ? member + "," : member;
    }

    /// <summary>Where the value stands, or where the first of its names that is missing goes: first in its object, or instead of null.</summary>
    private static Spot Find(ReadOnlySpan<byte> body, string[] names)
    {
        var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        json.Read();
        for (var found = 0; json.TokenType == JsonTokenType.StartObject; found++)
        {
            var first = (int)json.BytesConsumed;
            var hasMembers = false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName && !json.ValueTextEquals(names[found]))
            {
                hasMembers = true;
                json.Skip();
            }

            if (json.TokenType != JsonTokenType.PropertyName)
            {
                return new Spot(first, first, found, IsNull: false, hasMembers);
            }

            json.Read();
            if (found == names.Length - 1 || json.TokenType == JsonTokenType.Null)
            {
                var (start, isNull) = ((int)json.TokenStartIndex, found < names.Length - 1);
                json.Skip();
                return new Spot(start, (int)json.BytesConsumed, found + 1, isNull, HasMembers: false);
            }
        }

        throw new InvalidOperationException("A field on the way is no object.");
    }

    /// <param name="Start">First byte that is replaced.</param>
    /// <param name="End">Behind the last one.</param>
    /// <param name="Found">How many of the names are there.</param>
    /// <param name="IsNull">Whether the last of them is null, and more follow.</param>
    /// <param name="HasMembers">Whether other members follow where the first missing one goes.</param>
    private readonly record struct Spot(int Start, int End, int Found, bool IsNull, bool HasMembers);
}
