using System.Text.Json;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>Finds what a field holds under either of its names; the map has seen to it that it has only one.</summary>
internal static class ProtoJson
{
    /// <summary>The field's value; undefined where it is not there.</summary>
    public static JsonElement Find(this JsonElement parent, string camelName, string snakeName)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        return parent.TryGetProperty(camelName, out var value) || parent.TryGetProperty(snakeName, out value) ? value : default;
    }

    /// <summary>The text of a string; null for anything else.</summary>
    public static string? AsString(this JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>The value of a whole number from 0; 0 for anything else.</summary>
    public static long AsCount(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0 ? count : 0;
}
