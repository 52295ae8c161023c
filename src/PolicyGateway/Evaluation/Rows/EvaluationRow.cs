using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>One labelled text. Only what scores it holds the text; nothing that is written does.</summary>
/// <param name="Number">Position among all rows that were read, from 0: what the seeded draws go by.</param>
/// <param name="Id">What the row is called, once in all files.</param>
/// <param name="Kind">Which side of the exchange the text stands on.</param>
/// <param name="Text">The text.</param>
/// <param name="Prompt">For a completion, the prompt that it answers; empty where it is not known.</param>
/// <param name="Label">What the row says of the text.</param>
internal sealed record EvaluationRow(long Number, string Id, TextKind Kind, string Text, string Prompt, RowLabel Label);

/// <summary>What a row says of its text; safe to keep and to group by.</summary>
/// <param name="Kind">Which side of the exchange the text stands on.</param>
/// <param name="Severity">The truth.</param>
/// <param name="Categories">The categories that the taxonomy knows; none of a benign text.</param>
/// <param name="Language">The language's code; <c>(none)</c> where the row has none.</param>
/// <param name="Source">Where the row comes from; <c>(none)</c> where it does not say.</param>
/// <param name="Topic">What a benign look-alike is about; null where the row does not say.</param>
/// <param name="Length">The text's length in UTF-16 characters.</param>
internal sealed record RowLabel(
    TextKind Kind, Severity Severity, string[] Categories, string Language, string Source, string? Topic, int Length)
{
    /// <summary>What stands where a row does not say.</summary>
    public const string None = "(none)";

    public bool IsBenign => Severity == Severity.Benign;

    /// <summary>Whether the head should be sure of the text.</summary>
    public bool IsTrue(string head) => head switch
    {
        LabelMap.Flagged => !IsBenign,
        LabelMap.Prohibited => Severity == Severity.Prohibited,
        _ => Categories.Contains(head),
    };
}
