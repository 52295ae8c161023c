using System.Collections.Immutable;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

/// <summary>A request as whoever asked sees it: what was decided and why it was denied, but not by whom.</summary>
internal sealed record OwnRequest(
    string Id,
    ImmutableArray<string> Categories,
    string Project,
    string Purpose,
    int Days,
    DateTimeOffset CreatedAt,
    RequestStatus Status,
    int ApprovalsNeeded,
    int Approvals,
    string? ClosedReason,
    string? GrantId,
    bool BindProject,
    GrantQuota? Quota,
    bool ForOrganisation)
{
    public static OwnRequest Of(AccessRequest request) => new(
        request.Id,
        request.Categories,
        request.Project,
        request.Purpose,
        request.Days,
        request.CreatedAt,
        request.Status,
        request.ApprovalsNeeded,
        request.Approvals.Length,
        request.Closed?.Reason,
        request.GrantId,
        request.BindProject,
        request.Quota,
        request.ForOrganisation);
}

/// <summary>An appeal as whoever appealed sees it: the outcome and why, but not by whom.</summary>
internal sealed record OwnAppeal(
    string Id,
    string DecisionId,
    string? Category,
    string? RefusalReason,
    string Statement,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    AppealStatus Status,
    string? OutcomeReason,
    string? GrantId)
{
    public static OwnAppeal Of(Appeal appeal) => new(
        appeal.Id,
        appeal.DecisionId,
        appeal.Category,
        appeal.Reason,
        appeal.Statement,
        appeal.CreatedAt,
        appeal.DueAt,
        appeal.Status,
        appeal.Outcome?.Reason,
        appeal.GrantId);
}

/// <summary>A grant as stewards of the organisation see it, that holds it or passed it on: for whom and what, but not who gave it or ended it, nor what he wrote.</summary>
internal sealed record HeldGrant(
    string Id,
    PersonRef? Person,
    OrganisationRef? Organisation,
    ImmutableArray<string> Categories,
    ImmutableArray<string> Models,
    string? Project,
    bool BindProject,
    bool IsAssignable,
    string? Within,
    DateTimeOffset NotBefore,
    DateTimeOffset ExpiresAt,
    GrantQuota? Quota,
    string? RequestId,
    DateTimeOffset? RevokedAt)
{
    public static HeldGrant Of(Grant grant) => new(
        grant.Id,
        grant.Person,
        grant.Organisation,
        grant.Categories,
        grant.Models,
        grant.Project,
        grant.BindProject,
        grant.IsAssignable,
        grant.Within,
        grant.NotBefore,
        grant.ExpiresAt,
        grant.Quota,
        grant.RequestId,
        grant.Revoked?.At);
}
