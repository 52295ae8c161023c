using System.Text.Json;
using System.Text.Json.Serialization;
using PolicyGateway.Classification;

namespace PolicyGateway.Cli;

/// <summary>One line of <c>classify --jsonl</c>: an id, the side of the exchange, and a text.</summary>
internal sealed record ClassifyLine(JsonElement? Id, TextKind Kind, string Text, string Prompt)
{
    private const int LongestName = 40;

    private static readonly JsonDocumentOptions OnlyOnce = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a line, or says in <paramref name="fault"/> why it is none; the id is kept where it could be read.</summary>
    public static ClassifyLine? Read(string line, out JsonElement? id, out string? fault)
    {
        id = null;
        return Parse(line, out fault) is { } root ? Read(root, out id, out fault) : null;
    }

    /// <summary>The object that a line is, or null and why it is none. It outlives the document that it came from.</summary>
    internal static JsonElement? Parse(string line, out string? fault)
    {
        fault = null;
        try
        {
            using var document = JsonDocument.Parse(line, OnlyOnce);
            fault = document.RootElement.ValueKind != JsonValueKind.Object ? "is no JSON object"
                : line.Contains("\\ud", StringComparison.OrdinalIgnoreCase) ? FaultOfText(document.RootElement)
                : null;
            return fault is null ? document.RootElement.Clone() : null;
        }
        catch (JsonException e)
        {
            fault = e.BytePositionInLine is { } at ? $"is no JSON (at byte {at})" : "has a member twice";
            return null;
        }
        catch (InvalidOperationException)
        {
            fault = "has a member whose name holds half of a surrogate pair";
            return null;
        }
    }

    /// <inheritdoc cref="Read(string, out JsonElement?, out string?)"/>
    internal static ClassifyLine? Read(JsonElement root, out JsonElement? id, out string? fault)
    {
        id = null;
        fault = null;
        if (root.TryGetProperty("id", out var given))
        {
            id = given;
        }

        if (!TryText(root, "text", out var text) || text is null)
        {
            fault = "has no \"text\" that is a string";
            return null;
        }

        if (!TryText(root, "prompt", out var prompt))
        {
            fault = "has a \"prompt\" that is no string";
            return null;
        }

        if (!TryText(root, "kind", out var kind) || kind is not (null or "prompt" or "completion"))
        {
            fault = "has a \"kind\" that is neither \"prompt\" nor \"completion\"";
            return null;
        }

        return new ClassifyLine(id, kind == "completion" ? TextKind.Completion : TextKind.Prompt, text, prompt ?? "");
    }

    /// <summary>JSON by its grammar may escape half of a surrogate pair, which is no text by any other measure.</summary>
    private static string? FaultOfText(JsonElement root)
    {
        foreach (var member in root.EnumerateObject())
        {
            try
            {
                _ = member.Name;
            }
            catch (InvalidOperationException)
            {
                return "has a member whose name holds half of a surrogate pair";
            }

            if (!IsText(member.Value))
            {
                return $"has a \"{PlainText.OfName(member.Name, LongestName)}\" that holds half of a surrogate pair";
            }
        }

        return null;
    }

    private static bool IsText(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.Object => element.EnumerateObject().All(static member => member.Name is not null && IsText(member.Value)),
                JsonValueKind.Array => element.EnumerateArray().All(IsText),
                JsonValueKind.String => element.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A missing or null member is null text; anything but a string is a fault.</summary>
    internal static bool TryText(JsonElement root, string name, out string? text)
    {
        text = null;
        return !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null || TryText(value, out text);
    }

    /// <summary>The same of an array of strings.</summary>
    internal static bool TryTexts(JsonElement root, string name, out IReadOnlyList<string> texts)
    {
        texts = [];
        if (!root.TryGetProperty(name, out var values) || values.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        var all = new List<string>();
        texts = all;
        return values.ValueKind == JsonValueKind.Array && values.EnumerateArray().All(value =>
        {
            var isText = TryText(value, out var text);
            all.Add(text ?? "");
            return isText;
        });
    }

    private static bool TryText(JsonElement value, out string? text)
    {
        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null;
    }
}

/// <summary>What <c>classify --jsonl</c> writes for one line.</summary>
internal sealed record ClassifiedLine
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public JsonElement? Id { get; init; }

    /// <summary><c>benign</c>, <c>dual-use</c>, <c>prohibited</c>, or <c>unknown</c> where there is no verdict.</summary>
    public string? Severity { get; init; }

    /// <summary>Whether the policy treats the text as anything but benign; a text without a verdict is.</summary>
    public bool? Flagged { get; init; }

    /// <summary>Each category's calibrated probability, in the bundle's order.</summary>
    public IReadOnlyDictionary<string, float>? Categories { get; init; }

    public string? Stage { get; init; }

    public string? Model { get; init; }

    /// <summary>Why there is no verdict, or why the line could not be read.</summary>
    public string? Error { get; init; }
}
