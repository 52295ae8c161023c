using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>A value of the policy with the key that says so, which a decision names as its rule.</summary>
internal readonly record struct Setting<T>(T Value, string Key);

/// <summary>The responses of one side of the exchange to a text outside the caller's clearance.</summary>
internal readonly record struct PolicyRow(Setting<PolicyResponse> Uncertain, Setting<PolicyResponse> Flagged)
{
    public bool GatesNothing => Uncertain.Value <= PolicyResponse.Log && Flagged.Value <= PolicyResponse.Log;

    public Setting<PolicyResponse> For(Band band) => band == Band.Flagged ? Flagged : Uncertain;
}

/// <summary>A severity rule with its head looked up; no head means that it always applies.</summary>
internal readonly record struct SeverityRule(Severity Severity, int HeadIndex, float AtLeast, string Key)
{
    public bool IsUnconditional => HeadIndex < 0;

    public bool Applies(ReadOnlySpan<float> probabilities) => IsUnconditional || probabilities[HeadIndex] >= AtLeast;
}

/// <summary>One category as compiled: every default filled in, what is nested inherited, every head an index.</summary>
internal sealed record PolicyCategory
{
    public required string Id { get; init; }

    public required int HeadIndex { get; init; }

    public required HeadThreshold Threshold { get; init; }

    /// <summary>Whether the score is the parent's, for want of a head of its own.</summary>
    public required bool InheritsScore { get; init; }

    /// <summary>Whether it stands for texts that are flagged and in no category.</summary>
    public required bool IsFallback { get; init; }

    /// <summary>The severity rules that name this category, one it is nested in, or none.</summary>
    public required ImmutableArray<SeverityRule> Rules { get; init; }

    public required PolicyRow Prompt { get; init; }

    public required PolicyRow Completion { get; init; }

    /// <summary>What opens it; null where nothing does.</summary>
    public required Setting<Requirement?> Requires { get; init; }

    /// <summary>The tier of <see cref="Requires"/>, looked up.</summary>
    public required Tier RequiredTier { get; init; }

    public required bool AllowUnjudged { get; init; }

    public required string Title { get; init; }

    public required string? Description { get; init; }

    public required ImmutableArray<string> Examples { get; init; }

    public required ImmutableArray<string> Issuers { get; init; }

    public required string? HowLong { get; init; }

    /// <summary>How many approvers must agree before a grant opens it.</summary>
    public required int Approvals { get; init; }

    /// <summary>The longest that a grant may open it.</summary>
    public required TimeSpan LongestGrant { get; init; }

    public required Uri? VerificationUri { get; init; }

    /// <summary>Whether every text in it is prohibited, so that it is in nobody's clearance.</summary>
    public required bool IsProhibited { get; init; }

    /// <summary>Whether nobody can open it.</summary>
    public bool IsClosed => Requires.Value is null || IsProhibited;

    public bool GatesNothing => Rules.IsEmpty && Prompt.GatesNothing && Completion.GatesNothing;

    public Band BandOf(float probability) =>
        probability >= Threshold.Flagged ? Band.Flagged
        : probability >= Threshold.Uncertain ? Band.Uncertain
        : Band.Clear;

    /// <summary>Dual-use unless a rule says more; the strictest rule that applies wins, the first of equals is named.</summary>
    public Setting<Severity> SeverityOf(ReadOnlySpan<float> probabilities)
    {
        var severity = new Setting<Severity>(Severity.DualUse, $"categories.{Id}");
        foreach (var rule in Rules)
        {
            if (rule.Severity > severity.Value && rule.Applies(probabilities))
            {
                severity = new(rule.Severity, rule.Key);
            }
        }

        return severity;
    }
}
