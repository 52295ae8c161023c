using System.Collections.Immutable;
using PolicyGateway.Classification;

namespace PolicyGateway.Policy;

/// <summary>What the classifier's scores mean under a policy: a severity and the categories that are not clear.</summary>
/// <param name="Severity">Benign when no category is flagged.</param>
/// <param name="Findings">Categories in the uncertain band or flagged, most confident first; empty for a clear text.</param>
/// <param name="Stage">The classifier's stage that decided.</param>
/// <param name="Model">The bundle's name and version.</param>
/// <param name="UnknownReason">Why there is no verdict; the strictest row applies.</param>
internal sealed record Verdict(
    Severity Severity,
    ImmutableArray<Finding> Findings,
    string Stage,
    string Model,
    UnknownReason UnknownReason = UnknownReason.None)
{
    /// <summary>What others than the classifier said, and what came of it; empty where nobody did.</summary>
    public ImmutableArray<FusedSignal> Signals { get; init; } = [];

    /// <summary>Whether it is as strict as it is because of what others than the classifier said.</summary>
    public bool IsOfSignals => Signals.Any(static signal => signal.Effect == SignalEffect.Stricter);

    public bool IsUnknown => UnknownReason != UnknownReason.None;

    /// <summary>The most confident finding of the highest band, or null for a clear text.</summary>
    public Finding? Leading => Findings.IsDefaultOrEmpty ? null : Findings[0];

    /// <summary>One word for all of it: a severity, <c>uncertain</c> where only doubts were found, or <c>unknown</c>.</summary>
    public string Name() => IsUnknown ? "unknown" : Severity == Severity.Benign && !Findings.IsEmpty ? Band.Uncertain.Name() : Severity.Name();

    public static Verdict Unknown(Scores scores) =>
        new(Severity.Prohibited, [], scores.Stage, scores.Model, scores.UnknownReason);
}

/// <summary>One category that is not clear. Confidence is for records and operators, never for callers.</summary>
/// <param name="Category">The category's id.</param>
/// <param name="Confidence">Its calibrated probability.</param>
/// <param name="Band">Where that stands against the thresholds.</param>
/// <param name="Severity">What the severity rules make of it; in the uncertain band, what it would be if it were flagged.</param>
internal readonly record struct Finding(string Category, float Confidence, Band Band, Severity Severity)
{
    /// <summary>The policy key that gave the severity, for example <c>severity[0]</c>; null where it is not known.</summary>
    public string? SeverityRule { get; init; }
}
