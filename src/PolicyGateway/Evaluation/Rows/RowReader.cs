using System.Collections.Frozen;
using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Cli;
using PolicyGateway.Policy;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>Reads lines of JSON as rows, and says of each line that is none what it lacks. No message holds a value.</summary>
internal sealed class RowReader(IEnumerable<string> categories)
{
    private const int LongestName = 60;

    private readonly FrozenSet<string> _categories = categories.ToFrozenSet(StringComparer.Ordinal);

    // A name comes back with thousands of rows, and is kept once.
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>A row, or null and the fault; a row may come with a fault that it survives.</summary>
    public EvaluationRow? Read(string line, long number, out string? id, out string? fault)
    {
        id = null;
        return ClassifyLine.Parse(line, out fault) is { } root ? Read(root, number, out id, out fault) : null;
    }

    private EvaluationRow? Read(JsonElement root, long number, out string? id, out string? fault)
    {
        if ((id = IdOf(root)) is null)
        {
            return Nothing(out fault, "has no \"id\" that is a string or a number");
        }

        if (!ClassifyLine.TryText(root, "text", out var text) || text is null)
        {
            return Nothing(out fault, "has no \"text\" that is a string");
        }

        if (!ClassifyLine.TryText(root, "prompt", out var prompt))
        {
            return Nothing(out fault, "has a \"prompt\" that is no string");
        }

        if (!ClassifyLine.TryText(root, "kind", out var kind) || kind is not ("prompt" or "completion"))
        {
            return Nothing(out fault, "has a \"kind\" that is neither \"prompt\" nor \"completion\"");
        }

        if (SeverityOf(root) is not { } severity)
        {
            return Nothing(out fault, "has no \"severity\" that is \"benign\", \"dual_use\" or \"prohibited\"");
        }

        if (!TryCategories(root, out var known, out fault))
        {
            return null;
        }

        var side = kind == "completion" ? TextKind.Completion : TextKind.Prompt;
        var label = new RowLabel(
            side,
            severity,
            severity == Severity.Benign ? [] : known,
            NameOf(root, "lang") ?? RowLabel.None,
            NameOf(root, "source") ?? RowLabel.None,
            severity == Severity.Benign ? NameOf(root, "topic") : null,
            text.Length);
        return new EvaluationRow(number, id, side, text, prompt ?? "", label);
    }

    internal static string? IdOf(JsonElement root) =>
        root.TryGetProperty("id", out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : ClassifyLine.TryText(root, "id", out var id) ? id
        : null;

    private static Severity? SeverityOf(JsonElement root) =>
        !ClassifyLine.TryText(root, "severity", out var severity) ? null : severity switch
        {
            "benign" => Severity.Benign,
            "dual_use" or "dual-use" => Severity.DualUse,
            "prohibited" => Severity.Prohibited,
            _ => null,
        };

    /// <summary>The names that the taxonomy knows, each once; one that it does not know is named as a fault, and the row stays.</summary>
    private bool TryCategories(JsonElement root, out string[] known, out string? fault)
    {
        known = [];
        fault = null;
        if (!ClassifyLine.TryTexts(root, "categories", out var given))
        {
            fault = "has \"categories\" that are no array of strings";
            return false;
        }

        known = [.. _categories.Where(given.Contains)];
        if (!given.All(_categories.Contains))
        {
            fault = "names a category that the model does not know; the row counts without it";
        }

        return true;
    }

    /// <summary>
    /// A name to group by. Whoever wrote the data chose it: control and format characters, which a terminal or a reader may
    /// obey, are replaced, and what is longer than a name is cut.
    /// </summary>
    private string? NameOf(JsonElement root, string member)
    {
        if (!ClassifyLine.TryText(root, member, out var name) || string.IsNullOrWhiteSpace(name))
        {
            return null;
        }

        var plain = PlainText.OfName(name, LongestName);
        _names.Add(plain);
        return _names.TryGetValue(plain, out var known) ? known : plain;
    }

    private static EvaluationRow? Nothing(out string? fault, string says)
    {
        fault = says;
        return null;
    }
}
