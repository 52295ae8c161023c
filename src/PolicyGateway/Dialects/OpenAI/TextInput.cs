using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>
/// What plain completions and embeddings take: a text, texts, the token ids of one text, or arrays of those; never a mixture,
/// which servers read in different ways.
/// </summary>
internal static class TextInput
{
    /// <summary>Counts the texts that a field holds, or says what is wrong with it.</summary>
    public static GatewayError? Count(JsonElement root, string name, out int count)
    {
        var input = root.GetProperty(name);
        var fits = input.ValueKind == JsonValueKind.String || (input.ValueKind == JsonValueKind.Array && HasOneShape(input));
        count = input.ValueKind == JsonValueKind.Array && input[0].ValueKind != JsonValueKind.Number ? input.GetArrayLength() : 1;
        return fits
            ? null
            : GatewayError.Invalid($"'{name}' must be a string, an array of strings, an array of token ids, or an array of arrays of token ids.", name);
    }

    private static bool HasOneShape(JsonElement array)
    {
        var first = array[0].ValueKind;
        return first switch
        {
            JsonValueKind.String => array.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String),
            JsonValueKind.Number => HoldsTokens(array),
            JsonValueKind.Array => array.EnumerateArray().All(HoldsTokens),
            _ => false,
        };
    }

    private static bool HoldsTokens(JsonElement array) =>
        array.ValueKind == JsonValueKind.Array && array.GetArrayLength() > 0
        && array.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var token) && token >= 0);
}
