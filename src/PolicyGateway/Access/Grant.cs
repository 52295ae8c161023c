using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

/// <summary>A decision that opens categories to a person or an organisation, for a time.</summary>
internal sealed record Grant
{
    public required string Id { get; init; }

    /// <summary>Whom it belongs to; else it is the organisation's.</summary>
    public PersonRef? Person { get; init; }

    public OrganisationRef? Organisation { get; init; }

    /// <summary>What it opens, and what is nested in that.</summary>
    public required ImmutableArray<string> Categories { get; init; }

    /// <summary>The only models that it counts for; empty means all.</summary>
    public ImmutableArray<string> Models { get; init; } = [];

    public string? Project { get; init; }

    /// <summary>Whether it counts for tokens that are narrowed to its project, and for no others.</summary>
    public bool BindProject { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How much it opens; null where there is no bound.</summary>
    public GrantQuota? Quota { get; init; }

    /// <summary>The request that it answers; null where an operator gave it unasked.</summary>
    public string? RequestId { get; init; }

    /// <summary>The appeal that it answers.</summary>
    public string? AppealId { get; init; }

    /// <summary>Whether an organisation's opens to nobody by itself: the organisation's stewards pass it on to people.</summary>
    public bool IsAssignable { get; init; }

    /// <summary>The organisation's grant that this is part of, and falls with.</summary>
    public string? Within { get; init; }

    /// <summary>Who agreed to it.</summary>
    public ImmutableArray<Approval> Approvals { get; init; } = [];

    public Approval? Revoked { get; init; }

    /// <summary>Whether its holder gave it to himself in an emergency.</summary>
    public bool IsEmergency { get; init; }

    /// <summary>Who looked at it afterwards, and what he found.</summary>
    public Approval? Reviewed { get; init; }

    /// <summary>What it is found by; of somebody who was erased nothing is left to find it by.</summary>
    public string Holder() => Person?.Key() ?? Organisation?.Key() ?? "erased";

    public bool Covers(string model) => Models.IsDefaultOrEmpty || Models.Contains(model, StringComparer.Ordinal);

    /// <summary>Whether it counts for a token that is narrowed to a project, or to none. Only a bound one needs a project's token.</summary>
    public bool CountsFor(string? project) =>
        (project is null && !BindProject) || (Project is null && !BindProject) || string.Equals(Project, project, StringComparison.Ordinal);

    /// <summary>What <see cref="Holder"/> says, where that is known already: it is a hash, and every request of the holder asks.</summary>
    [JsonIgnore]
    public string? KnownHolder { get; init; }

    public CallerGrant ForCaller() => new(Id, Categories, NotBefore, ExpiresAt) { Within = Within, Models = Models, Holder = Person is null ? null : KnownHolder ?? Person.Key() };
}

/// <summary>Somebody's word on something.</summary>
/// <param name="By">Who gave it.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why, in his own words.</param>
internal sealed record Approval(PersonRef By, DateTimeOffset At, string Reason)
{
    /// <summary>The organisation that an approver belonged to then, at his issuer; null where he had none, or it was not kept.</summary>
    public string? Organisation { get; init; }
}
