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
