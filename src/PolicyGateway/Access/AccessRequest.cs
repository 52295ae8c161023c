using System.Collections.Immutable;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

/// <summary>What has become of a request.</summary>
internal enum RequestStatus
{
    Pending,
    Approved,
    Denied,
    Withdrawn,
}

/// <summary>A person asks that categories be opened, for a project and a purpose.</summary>
internal sealed record AccessRequest
{
    public required string Id { get; init; }

    public required PersonRef Person { get; init; }

    public OrganisationRef? Organisation { get; init; }

    /// <summary>Whether a steward asks for the organisation: the grant is the organisation's, and its stewards pass it on.</summary>
    public bool ForOrganisation { get; init; }

    public required ImmutableArray<string> Categories { get; init; }

    public required string Project { get; init; }

    public required string Purpose { get; init; }

    /// <summary>For how long it is asked.</summary>
    public required int Days { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What stood behind the person when he asked, for whoever decides.</summary>
    public required RequestEvidence Evidence { get; init; }

    public RequestStatus Status { get; init; }

    /// <summary>How many approvers must agree, by the policy at the time of asking.</summary>
    public required int ApprovalsNeeded { get; init; }

    public ImmutableArray<Approval> Approvals { get; init; } = [];

    /// <summary>Who denied or withdrew it, and why.</summary>
    public Approval? Closed { get; init; }

    /// <summary>Whether an approver binds the grant to tokens of the project.</summary>
    public bool BindProject { get; init; }

    /// <summary>How much approvers let the grant open; null where none of them sets a bound.</summary>
    public GrantQuota? Quota { get; init; }

    public string? GrantId { get; init; }
}

/// <summary>What is verified of a person.</summary>
internal sealed record RequestEvidence(string Tier, ImmutableArray<string> Credentials, string? Acr, DateTimeOffset? AuthTime);
