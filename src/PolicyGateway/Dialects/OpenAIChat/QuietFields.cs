using System.Collections.Frozen;
using System.Text.Json;

namespace PolicyGateway.Dialects.OpenAIChat;

/// <summary>
/// Watches fields that hold ids and words of the protocol. What stays the same says nothing; a value that changes from chunk
/// to chunk can spell a text word by word, so then all of that field's values are one. Names that nobody knows always are.
/// </summary>
internal sealed class QuietFields
{
    private static readonly FrozenSet<string> Fields = FrozenSet.ToFrozenSet(
    [
        "id", "object", "model", "system_fingerprint", "service_tier", "obfuscation", "finish_reason", "role", "type", "provider",
        "native_finish_reason", "stop_reason",
    ]);

    /// <summary>Values that may take turns without spelling anything.</summary>
    private static readonly FrozenSet<string> Words = FrozenSet.ToFrozenSet(
        ["assistant", "function", "stop", "length", "tool_calls", "content_filter", "function_call"]);

    private readonly Dictionary<string, List<string>> _values = [];
    private readonly List<string> _names = [];

    /// <summary>Takes a field that holds what it should; false for one that must be read as text.</summary>
    public bool TryTake(string place, JsonProperty field)
    {
        if (field.Value.ValueKind != JsonValueKind.String || !Fields.Contains(field.Name))
        {
            return false;
        }

        var value = field.Value.GetString()!;
        if (!JsonLeaves.IsToken(value))
        {
            return false;
        }

        if (!Words.Contains(value))
        {
            var key = $"{place}.{field.Name}";
            if (!_values.TryGetValue(key, out var values))
            {
                _values.Add(key, values = []);
            }

            Append(values, value);
        }

        return true;
    }

    /// <summary>A field's name reaches the client like its value.</summary>
    public void AddName(string name)
    {
        if (!JsonVocabulary.Contains(name))
        {
            Append(_names, name);
        }
    }

    /// <summary>Adds what changed, and the names: run together, and on a line each.</summary>
    public void AddTo(TextCollector texts, int group)
    {
        AddAll(texts, group, "names", _names);
        foreach (var (field, values) in _values)
        {
            if (!values.TrueForAll(value => value == values[0]))
            {
                AddAll(texts, group, field, values, isRandom: field.EndsWith(".obfuscation", StringComparison.Ordinal));
            }
        }
    }

    // OpenAI pads each chunk with random letters. Run together, the shipped model flagged one in 40 streams of 300 such
    // values; on a line each, none, and a text that is smuggled word by word is still seen.
    private static void AddAll(TextCollector texts, int group, string channel, List<string> values, bool isRandom = false)
    {
        foreach (var value in values)
        {
            texts.Add(group, channel, isRandom ? null : value);
            texts.AddLine(group, channel + " by line", value);
        }
    }

    /// <summary>Twice of a run of equal values is enough: it keeps doubled letters and not a thousand copies of an id.</summary>
    private static void Append(List<string> values, string value)
    {
        if (values.Count < 2 || values[^1] != value || values[^2] != value)
        {
            values.Add(value);
        }
    }
}
