using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Privacy;

namespace PolicyGateway.Access;

/// <summary><c>/v1/access/*</c>: what a professional can see and ask for. Everything here is the caller's own.</summary>
internal static class AccessEndpoints
{
    /// <summary>A body of <c>POST /v1/access/requests</c>.</summary>
    internal sealed record NewRequest(string?[]? Categories, string? Project, string? Purpose, int? Days, bool? ForOrganisation = null);

    /// <summary>A body of <c>POST /v1/access/appeals</c>.</summary>
    internal sealed record NewAppeal(string? DecisionId, string? Statement);

    public static void MapAccess(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenApi($"/openapi/{{documentName:regex(^{AccessDocument.Professionals}$)}}.json");
        endpoints.MapProblems();
        var group = endpoints.MapGroup("/v1/access");
        group.MapUnknown();
        group.MapGet("/me", static (HttpContext context, AccessApi api, Standing standing) =>
            api.ForAsync(context, async (caller, _) => AccessApi.Json(await standing.OfAsync(caller, context.RequestAborted)))).Gives<StandingView>("Who you are here, and what is open to you");

        group.MapOwnExport();
        group.MapOwnKeys();
        group.MapOwnIdentities();
        group.MapPost("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (caller, _) =>
            api.WithBodyAsync(context, async (NewRequest body) => (await requests.CreateAsync(
                caller, new RequestDraft([.. (body.Categories ?? []).Select(static name => name ?? "").Distinct()], body.Project, body.Purpose, body.Days ?? 30, body.ForOrganisation ?? false), context.RequestAborted)).Map(OwnRequest.Of), StatusCodes.Status201Created))).Takes<NewRequest>().Gives<OwnRequest>("Ask for access", StatusCodes.Status201Created);
        group.MapGet("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => requests.OfAsync(person, after, limit, context.RequestAborted), static request => request.Id, OwnRequest.Of))).Paged("req").Gives<Page<OwnRequest>>("Your requests, newest first");
        group.MapGet("/requests/{id}", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            await requests.FindAsync(id, person, context.RequestAborted) is { } request ? AccessApi.Tagged(context, OwnRequest.Of(request)) : api.Problem(AccessFault.NotFound("request")))).Tagged().Gives<OwnRequest>("One of your requests");
        group.MapPost("/requests/{id}/withdraw", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            api.Answer((await requests.WithdrawAsync(person, id, context.RequestAborted, AccessApi.AsSeen<AccessRequest>(context, OwnRequest.Of))).Map(OwnRequest.Of)))).Matched().Gives<OwnRequest>("Withdraw a request");

        group.MapPost("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (caller, person) =>
            api.WithBodyAsync(context, async (NewAppeal body) => (await appeals.CreateAsync(caller, person, body.DecisionId, body.Statement, context.RequestAborted)).Map(OwnAppeal.Of), StatusCodes.Status201Created))).Takes<NewAppeal>().Misses().Gives<OwnAppeal>("Appeal against a refusal", StatusCodes.Status201Created);
        group.MapGet("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => appeals.OfAsync(person, after, limit, context.RequestAborted), static appeal => appeal.Id, OwnAppeal.Of))).Paged("apl").Gives<Page<OwnAppeal>>("Your appeals, newest first");
        group.MapGet("/appeals/{id}", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, async (_, person) =>
            await appeals.FindAsync(id, person, context.RequestAborted) is { } appeal ? AccessApi.Tagged(context, OwnAppeal.Of(appeal)) : api.Problem(AccessFault.NotFound("appeal")))).Tagged().Gives<OwnAppeal>("One of your appeals");
        group.MapPost("/break-glass", static (HttpContext context, AccessApi api, BreakGlass glass) => api.ForAsync(context, (caller, person) =>
            api.WithBodyAsync(context, (EmergencyDraft draft) => glass.OpenAsync(caller, person, draft, context.RequestAborted), StatusCodes.Status201Created))).Takes<EmergencyDraft>().Gives<Grant>("Open a category to yourself in an emergency, for minutes; somebody else looks at it", StatusCodes.Status201Created);
        MapOrganisation(group);
        MapDecisions(group);
    }

    private static void MapOrganisation(RouteGroupBuilder group)
    {
        group.MapGet("/organisation/grants", static (HttpContext context, AccessApi api, Stewardship stewards) => api.ForAsync(context, (caller, _) => Stewardship.Of(caller) is { Value: { } organisation }
            ? AccessApi.PageAsync(context, (after, limit) => stewards.HeldAsync(organisation, after, limit, context.RequestAborted), static grant => grant.Id, HeldGrant.Of)
            : Task.FromResult(api.Problem(Stewardship.Of(caller).Fault!)))).Paged("grt").Gives<Page<HeldGrant>>("What your organisation holds, for its stewards, newest first");
        group.MapGet("/organisation/grants/{id}/passed-on", static (HttpContext context, string id, AccessApi api, Stewardship stewards) => api.ForAsync(context, async (caller, _) =>
            Stewardship.Of(caller) is { Fault: { } fault } ? api.Problem(fault)
            : await stewards.FindAsync(Stewardship.Of(caller).Value!, id, context.RequestAborted) is not { } held ? api.Problem(Stewardship.NotHeld)
            : await AccessApi.PageAsync(context, (after, limit) => stewards.PassedOnAsync(held, after, limit, context.RequestAborted), static grant => grant.Id, HeldGrant.Of))).Paged("grt").Gives<Page<HeldGrant>>("What was passed on of a grant of your organisation's, for its stewards, newest first");
        group.MapPost("/organisation/grants", static (HttpContext context, AccessApi api, Stewardship stewards) => api.ForAsync(context, (caller, person) =>
            api.WithBodyAsync(context, async (ShareDraft draft) => (await stewards.ShareAsync(caller, person, draft, context.RequestAborted)).Map(HeldGrant.Of), StatusCodes.Status201Created))).Takes<ShareDraft>().Misses().Gives<HeldGrant>("Pass on part of what your organisation holds", StatusCodes.Status201Created);
        group.MapPost("/organisation/grants/{id}/revoke", static (HttpContext context, string id, AccessApi api, Stewardship stewards) => api.ForAsync(context, (caller, person) =>
            api.WithBodyAsync(context, async (KeyEndpoints.End body) => (await stewards.TakeBackAsync(caller, person, id, body.Reason, context.RequestAborted)).Map(HeldGrant.Of)))).Takes<KeyEndpoints.End>().Gives<HeldGrant>("Take back what was passed on, at once and in answers under way");
    }

    private static void MapDecisions(RouteGroupBuilder group)
    {
        group.MapGet("/decisions", static (HttpContext context, AccessApi api, PastDecisions decisions) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => decisions.OfAsync(person, after, limit, context.RequestAborted), static decision => decision.Id))).Paged("dec").Gives<Page<OwnDecision>>("What was decided for you, newest first");
        group.MapGet("/decisions/{id}", static (HttpContext context, string id, AccessApi api, PastDecisions decisions) => api.ForAsync(context, async (_, person) =>
            await decisions.FindAsync(person, id, context.RequestAborted) is { } decision ? AccessApi.Json(decision) : api.Problem(AccessFault.NotFound("decision")))).Gives<OwnDecision>("One decision that was made for you");
    }
}
