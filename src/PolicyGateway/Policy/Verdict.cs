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
    public bool IsUnknown => UnknownReason != UnknownReason.None;

    /// <summary>The most confident finding of the highest band, or null for a clear text.</summary>
    public Finding? Leading => Findings.IsDefaultOrEmpty ? null : Findings[0];

    public static Verdict Unknown(Scores scores) =>
        new(Severity.Prohibited, [], scores.Stage, scores.Model, scores.UnknownReason);
}

/// <summary>One category that is not clear. Confidence is for records and operators, never for callers.</summary>
internal readonly record struct Finding(string Category, float Confidence, Band Band, Severity Severity);
