using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Admin;

/// <summary><c>/admin/*</c>, on the management address only: who decides, gives and takes away. Each needs a role.</summary>
internal static class AdminEndpoints
{
    private static readonly Role[] Readers = [Role.Auditor, Role.Operator, Role.Approver];
    private static readonly Role[] Deciders = [Role.Approver];
    private static readonly Role[] Takers = [Role.Operator];

    /// <summary>A body that denies or revokes.</summary>
    internal sealed record Word(string? Reason, int? Days);

    /// <summary>A body that approves.</summary>
    internal sealed record Consent(string? Reason, int? Days = null, bool? BindProject = null, GrantQuota? Quota = null);

    /// <summary>A body that decides an appeal.</summary>
    internal sealed record Outcome(AppealStatus? Status, string? Reason, int? Days);

    /// <summary>A body that revokes.</summary>
    internal sealed record NewRevocation(RevocationTarget? Target, string? Issuer, string? Subject, string? Name, DateTimeOffset? IssuedBefore, string? Reason);

    public static void MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenApi($"/openapi/{{documentName:regex(^{AccessDocument.Operators}$)}}.json").OnManagementOnly();
        var group = endpoints.MapGroup("/admin").OnManagementOnly();
        group.MapUnknown();
        MapRequests(group);
        MapAppeals(group);
        MapGrants(group);
        group.MapGet("/break-glass", static (HttpContext context, AccessApi api, BreakGlass glass) => api.ForAsync(context, Readers, _ =>
            AccessApi.PageAsync(context, (after, limit) => glass.ToReviewAsync(after, limit, context.RequestAborted), static grant => grant.Id))).Paged("grt").Gives<Page<Grant>>("Emergency access that nobody has looked at, oldest first");
        group.MapPost("/break-glass/{id}/review", static (HttpContext context, string id, AccessApi api, BreakGlass glass) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Word word) => glass.ReviewAsync(person, id, word.Reason, context.RequestAborted)))).Takes<Word>().Gives<Grant>("Say what you found of an emergency access");
        MapRevocations(group);
        group.MapAllKeys(Readers, Takers);
        group.MapAllIdentities(Readers, Takers);
        group.MapReads(Readers, Deciders);
        group.MapPrivacy();
    }

    private static void MapRequests(RouteGroupBuilder group)
    {
        group.MapGet("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, Readers, _ =>
            AccessApi.PageAsync(context, (after, limit) => requests.InAsync(AccessApi.Word(context, "status", RequestStatus.Pending), after, limit, context.RequestAborted), static request => request.Id))).Paged("req", QueryParameter.Word<RequestStatus>("status")).Gives<Page<AccessRequest>>("The queue of requests, oldest first");
        group.MapGet("/requests/{id}", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, Readers, async _ =>
            await requests.FindAsync(id, null, context.RequestAborted) is { } request ? AccessApi.Tagged(context, request) : api.Problem(AccessFault.NotFound("request")))).Tagged().Gives<AccessRequest>("One request, with the evidence at the time of asking");
        group.MapPost("/requests/{id}/approve", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Consent word) => requests.ApproveAsync(person, OrganisationRef.Of(context.Features.GetRequiredFeature<Caller>()), id, new ApprovalTerms(word.Reason, word.Days, word.BindProject ?? false, word.Quota), context.RequestAborted, AccessApi.AsSeen<AccessRequest>(context))))).Takes<Consent>().Matched().Gives<AccessRequest>("Approve a request; the last approval that is needed makes the grant");
        group.MapPost("/requests/{id}/deny", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Word word) => requests.DenyAsync(person, id, word.Reason, context.RequestAborted, AccessApi.AsSeen<AccessRequest>(context))))).Takes<Word>().Matched().Gives<AccessRequest>("Deny a request");
    }

    private static void MapAppeals(RouteGroupBuilder group)
    {
        group.MapGet("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, Readers, _ =>
            AccessApi.PageAsync(context, (after, limit) => appeals.InAsync(AccessApi.Word(context, "status", AppealStatus.Open), after, limit, context.RequestAborted), static appeal => appeal.Id))).Paged("apl", QueryParameter.Word<AppealStatus>("status")).Gives<Page<Appeal>>("The queue of appeals, oldest first");
        group.MapGet("/appeals/{id}", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, Readers, async _ =>
            await appeals.FindAsync(id, null, context.RequestAborted) is { } appeal ? AccessApi.Tagged(context, appeal) : api.Problem(AccessFault.NotFound("appeal")))).Tagged().Gives<Appeal>("One appeal");
        group.MapPost("/appeals/{id}/decide", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, Deciders, person =>
            api.WithBodyAsync(context, (Outcome outcome) => appeals.DecideAsync(person, id, new AppealDecision(outcome.Status ?? AppealStatus.Open, outcome.Reason, outcome.Days), context.RequestAborted, AccessApi.AsSeen<Appeal>(context))))).Takes<Outcome>().Matched().Gives<Appeal>("Decide an appeal");
    }

    private static void MapGrants(RouteGroupBuilder group)
    {
        group.MapGet("/grants", static (HttpContext context, AccessApi api, GrantBook grants, Looks looks) => api.ForAsync(context, Readers, person => looks.RecordAsync(context, person, () =>
            AccessApi.OwnerOf(context.Request.Query) is { } holder
                ? AccessApi.PageAsync(context, (after, limit) => grants.OfAsync(holder, after, limit, context.RequestAborted), static grant => grant.Id)
                : Task.FromResult(api.Problem(AccessApi.NoOwner))))).Paged("grt", QueryParameter.Issuer with { IsRequired = true }, QueryParameter.Subject, QueryParameter.Organisation).CountsAsChange(where: QueryParameter.Subject).Gives<Page<Grant>>("The grants of a person or an organisation, newest first");
        group.MapPost("/grants", static (HttpContext context, AccessApi api, Granting granting) => api.ForAsync(context, [], (caller, person) =>
            api.WithBodyAsync(context, (GrantDraft draft) => granting.GrantAsync(person, OrganisationRef.Of(caller), draft, context.RequestAborted), StatusCodes.Status201Created))).Takes<GrantDraft>().Gives<Grant>("Grant what nobody asked for", StatusCodes.Status201Created);
        group.MapPost("/grants/{id}/revoke", static (HttpContext context, string id, AccessApi api, Granting granting) => api.ForAsync(context, Takers, person =>
            api.WithBodyAsync(context, (Word word) => granting.RevokeAsync(person, id, word.Reason)))).Takes<Word>().Gives<Grant>("End a grant, at once and in answers under way");
    }

    private static void MapRevocations(RouteGroupBuilder group)
    {
        group.MapGet("/revocations", static (HttpContext context, AccessApi api, Revocations revocations) => api.ForAsync(context, Readers, _ =>
            AccessApi.PageAsync(context, (after, limit) => revocations.ListAsync(after, limit, context.RequestAborted), static entry => entry.Id))).Paged("rev").Gives<Page<RevocationEntry>>("What is revoked, newest first");
        group.MapPost("/revocations", static (HttpContext context, AccessApi api, Revoking revoking) => api.ForAsync(context, Takers, person =>
            api.WithBodyAsync(context, (NewRevocation body) => revoking.RevokeAsync(person, body), StatusCodes.Status201Created))).Takes<NewRevocation>().Gives<RevocationEntry>("Revoke, at once and in answers under way", StatusCodes.Status201Created);
        group.MapPost("/revocations/{id}/lift", static (HttpContext context, string id, AccessApi api, Revoking revoking) => api.ForAsync(context, Takers, person =>
            api.WithBodyAsync(context, (Word word) => revoking.LiftAsync(person, id, word.Reason, context.RequestAborted)))).Takes<Word>().Gives<RevocationEntry>("Let count again what was revoked");
    }
}
