using System.Text.Json;

namespace PolicyGateway.Dialects.Fields;

/// <summary>
/// Numbers for what objects say that they are. Readers take texts from the objects of the types that they want, so texts in
/// others are others, whatever stands between them.
/// </summary>
/// <param name="texts">Told where there are more types than can be told apart.</param>
internal sealed class ObjectTypes(TextCollector texts)
{
    /// <summary>More than any protocol has.</summary>
    private const short Most = 64;

    private readonly Dictionary<string, short> _numbers = new(StringComparer.Ordinal);

    /// <param name="type">The field that says it.</param>
    /// <param name="owner">The object.</param>
    /// <returns>0 where it says nothing.</returns>
    public short Of(FieldNode type, JsonElement owner)
    {
        if (!owner.TryGetProperty(type.Name, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False)
        {
            return 0;
        }

        var word = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        if (_numbers.TryGetValue(word, out var known))
        {
            return known;
        }

        if (_numbers.Count < Most)
        {
            return _numbers[word] = (short)(_numbers.Count + 1);
        }

        texts.MarkUnclassified();
        return Most;
    }
}
