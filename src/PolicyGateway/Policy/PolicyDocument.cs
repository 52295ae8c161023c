using System.Collections.Immutable;

namespace PolicyGateway.Policy;

/// <summary>What a policy does with a text in a band, in order of strictness; of two, the stricter wins.</summary>
internal enum PolicyResponse
{
    Allow,

    /// <summary>Let it pass; the finding stands in the record.</summary>
    Log,

    /// <summary>Forward the prompt, and judge the completion against the caller's clearance.</summary>
    Hold,

    Refuse,
}

/// <summary>A policy file as written: what was left out is null. <see cref="PolicySnapshot"/> is what it means.</summary>
internal sealed record PolicyDocument(
    string? Name,
    PolicyMode Mode,
    ImmutableArray<TenantDocument> Tenants,
    PolicyResponse Anonymous,
    PolicyResponse OnUnknown,
    PolicyResponse UnclassifiedInput,
    ReleaseMode Release,
    bool ModerationScores,
    ImmutableArray<SeverityRuleDocument> Severity,
    ImmutableArray<CategoryDocument> Categories,
    string Version,
    PolicyNode Source);

/// <summary>How the policy is applied to one tenant.</summary>
internal sealed record TenantDocument(string Name, PolicyMode Mode);

/// <summary>Raises the severity of a flagged category; without a head it always does.</summary>
/// <param name="Severity">The severity that it gives.</param>
/// <param name="Category">The category and all nested in it; null is every category.</param>
/// <param name="Head">The classifier's head that must be high; null is the category's own, where there is a bound.</param>
/// <param name="AtLeast">The bound; null is the bundle's own <c>flagged</c> threshold of the head.</param>
/// <param name="Source">Where the rule stands.</param>
internal sealed record SeverityRuleDocument(Severity Severity, string? Category, string? Head, double? AtLeast, PolicyNode Source);

/// <summary>One category as written.</summary>
internal sealed record CategoryDocument(string Id, PolicyNode Source)
{
    public string? Title { get; init; }

    public string? Description { get; init; }

    public ImmutableArray<string>? Examples { get; init; }

    public string? Head { get; init; }

    public double? UncertainThreshold { get; init; }

    public double? FlaggedThreshold { get; init; }

    public RequiresDocument? Requires { get; init; }

    public RowDocument Prompt { get; init; }

    public RowDocument Completion { get; init; }

    public string? VerificationUri { get; init; }

    public string? HowLong { get; init; }

    public double? Approvals { get; init; }

    public double? LongestGrantDays { get; init; }

    public ImmutableArray<string>? Issuers { get; init; }

    public bool? AllowUnjudged { get; init; }

    public bool Fallback { get; init; }

    /// <summary>The id of the category that this one is nested in; null at the top.</summary>
    public string? ParentId => Id.LastIndexOf('.') is > 0 and var dot ? Id[..dot] : null;
}

/// <summary>What opens a category, as written.</summary>
internal sealed record RequiresDocument(
    string? Tier, ImmutableArray<string>? AnyOf, ImmutableArray<string> AcrValues, double? MaxAge, bool SenderConstrained, PolicyNode Source)
{
    public double? CredentialMaxAge { get; init; }

    public ImmutableArray<string> CredentialAssurance { get; init; } = [];
}

/// <summary>The responses of one side of the exchange, by band, as written.</summary>
internal readonly record struct RowDocument(PolicyResponse? Uncertain, PolicyResponse? Flagged);
