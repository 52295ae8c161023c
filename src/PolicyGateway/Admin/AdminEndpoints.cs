using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Admin;

/// <summary><c>/admin/*</c>, on the management address only: who decides, gives and takes away. Each needs a role.</summary>
internal static class AdminEndpoints
{
    private static readonly Role[] Readers = [Role.Auditor, Role.Operator, Role.Approver];
    private static readonly Role[] Deciders = [Role.Approver];
    private static readonly Role[] Takers = [Role.Operator];

    /// <summary>A body that approves or denies.</summary>
    internal sealed record Word(string? Reason, int? Days);

    /// <summary>A body that decides an appeal.</summary>
    internal sealed record Outcome(AppealStatus? Status, string? Reason, int? Days);

    /// <summary>A body that revokes.</summary>
    internal sealed record NewRevocation(RevocationTarget? Target, string? Issuer, string? Subject, string? Name, DateTimeOffset? IssuedBefore, string? Reason);

    public static void MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/admin").OnManagementOnly();
        MapRequests(group);
        MapAppeals(group);
        MapGrants(group);
        MapRevocations(group);
        group.MapAllKeys(Readers, Takers);
    }

    private static void MapRequests(RouteGroupBuilder group)
    {
        group.MapGet("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, Readers, _ =>
            AccessApi.TryQuery(context, "status", RequestStatus.Pending, out var status)
                ? AccessApi.PageAsync(context, (after, limit) => requests.InAsync(status, after, limit, context.RequestAborted), static request => request.Id)
                : Task.FromResult(api.Problem(AccessFault.Invalid("status: pending, approved, denied or withdrawn.")))));
        group.MapGet("/requests/{id}", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, Readers, async _ =>
            await requests.FindAsync(id, null, context.RequestAborted) is { } request ? AccessApi.Json(request) : api.Problem(AccessFault.NotFound("request"))));
        group.MapPost("/requests/{id}/approve", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Word word) => requests.ApproveAsync(person, id, word.Reason, word.Days, context.RequestAborted))));
        group.MapPost("/requests/{id}/deny", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Word word) => requests.DenyAsync(person, id, word.Reason, context.RequestAborted))));
    }

    private static void MapAppeals(RouteGroupBuilder group)
    {
        group.MapGet("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, Readers, _ =>
            AccessApi.TryQuery(context, "status", AppealStatus.Open, out var status)
                ? AccessApi.PageAsync(context, (after, limit) => appeals.InAsync(status, after, limit, context.RequestAborted), static appeal => appeal.Id)
                : Task.FromResult(api.Problem(AccessFault.Invalid("status: open, upheld, overturned or mistake.")))));
        group.MapGet("/appeals/{id}", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, Readers, async _ =>
            await appeals.FindAsync(id, null, context.RequestAborted) is { } appeal ? AccessApi.Json(appeal) : api.Problem(AccessFault.NotFound("appeal"))));
        group.MapPost("/appeals/{id}/decide", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Outcome outcome) => appeals.DecideAsync(person, id, new AppealDecision(outcome.Status ?? AppealStatus.Open, outcome.Reason, outcome.Days), context.RequestAborted))));
    }

    private static void MapGrants(RouteGroupBuilder group)
    {
        group.MapGet("/grants", static (HttpContext context, AccessApi api, GrantBook grants, string? issuer, string? subject, string? organisation) => api.ForAsync(context, Readers, _ =>
            AccessApi.OwnerOf(issuer, subject, organisation) is { } holder
                ? AccessApi.PageAsync(context, (after, limit) => grants.OfAsync(holder, after, limit, context.RequestAborted), static grant => grant.Id)
                : Task.FromResult(api.Problem(AccessApi.NoOwner))));
        group.MapPost("/grants", static (HttpContext context, AccessApi api, Granting granting) => api.ForAsync(context, [], person =>
            api.WithBodyAsync(context, (GrantDraft draft) => granting.GrantAsync(person, draft, context.RequestAborted), StatusCodes.Status201Created)));
        group.MapPost("/grants/{id}/revoke", static (HttpContext context, string id, AccessApi api, Granting granting) => api.ForAsync(context, Takers, person =>
            api.WithBodyAsync(context, (Word word) => granting.RevokeAsync(person, id, word.Reason, context.RequestAborted))));
    }

    private static void MapRevocations(RouteGroupBuilder group)
    {
        group.MapGet("/revocations", static (HttpContext context, AccessApi api, Revocations revocations) => api.ForAsync(context, Readers, _ =>
            AccessApi.PageAsync(context, (after, limit) => revocations.ListAsync(after, limit, context.RequestAborted), static entry => entry.Id)));
        group.MapPost("/revocations", static (HttpContext context, AccessApi api, Revoking revoking) => api.ForAsync(context, Takers, person =>
            api.WithBodyAsync(context, (NewRevocation body) => revoking.RevokeAsync(person, body, context.RequestAborted), StatusCodes.Status201Created)));
        group.MapPost("/revocations/{id}/lift", static (HttpContext context, string id, AccessApi api, Revoking revoking) => api.ForAsync(context, Takers, person =>
            api.WithBodyAsync(context, (Word word) => revoking.LiftAsync(person, id, word.Reason, context.RequestAborted))));
    }
}
