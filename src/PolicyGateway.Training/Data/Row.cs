using PolicyGateway.Classification;

namespace PolicyGateway.Training.Data;

/// <summary>
/// One labelled text. <c>Pair</c> is the contrast group of a written text, null for others: groups are split whole.
/// <c>HeldOut</c> rows belong to a development split and are never trained on.
/// </summary>
internal sealed record Row(
    string Id,
    TextKind Kind,
    string Text,
    string Prompt,
    string Language,
    string Source,
    string License,
    string Severity,
    string[] Categories,
    bool Permissive,
    string? Pair,
    bool HeldOut)
{
    public const string Benign = "benign";

    public bool IsWritten => Pair is not null;

    /// <summary>Ordinary code, logs, configuration and encoded data, as <c>training/border.py</c> writes them.</summary>
    public bool IsBorder => Source.StartsWith("border_", StringComparison.Ordinal);

    public bool IsResearch => !IsWritten && !IsBorder;

    public bool IsBenign => Severity == Benign;

    /// <summary>One target per head, in label-map order.</summary>
    public bool IsTrue(int head) => head switch
    {
        LabelMap.FlaggedIndex => !IsBenign,
        LabelMap.ProhibitedIndex => Severity == "prohibited",
        _ => !IsBenign && Categories.Contains(LabelMap.Heads[head]),
    };
}
