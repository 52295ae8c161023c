using PolicyGateway.Access.Keys;
using PolicyGateway.Privacy;

namespace PolicyGateway.Access;

/// <summary><c>/v1/access/*</c>: what a professional can see and ask for. Everything here is the caller's own.</summary>
internal static class AccessEndpoints
{
    /// <summary>A body of <c>POST /v1/access/requests</c>.</summary>
    internal sealed record NewRequest(string?[]? Categories, string? Project, string? Purpose, int? Days);

    /// <summary>A body of <c>POST /v1/access/appeals</c>.</summary>
    internal sealed record NewAppeal(string? DecisionId, string? Statement);

    public static void MapAccess(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenApi($"/openapi/{{documentName:regex(^{AccessDocument.Professionals}$)}}.json");
        var group = endpoints.MapGroup("/v1/access");
        group.MapGet("/me", static (HttpContext context, AccessApi api, Standing standing) =>
            api.ForAsync(context, async (caller, _) => AccessApi.Json(await standing.OfAsync(caller, context.RequestAborted)))).Gives<StandingView>("Who you are here, and what is open to you");

        group.MapOwnExport();
        group.MapOwnKeys();
        group.MapPost("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (caller, _) =>
            api.WithBodyAsync(context, async (NewRequest body) => (await requests.CreateAsync(
                caller, new RequestDraft([.. (body.Categories ?? []).Select(static name => name ?? "").Distinct()], body.Project, body.Purpose, body.Days ?? 30), context.RequestAborted)).Map(OwnRequest.Of), StatusCodes.Status201Created))).Takes<NewRequest>().Gives<OwnRequest>("Ask for access", StatusCodes.Status201Created);
        group.MapGet("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => requests.OfAsync(person, after, limit, context.RequestAborted), static request => request.Id, OwnRequest.Of))).Gives<Page<OwnRequest>>("Your requests, newest first");
        group.MapGet("/requests/{id}", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            await requests.FindAsync(id, person, context.RequestAborted) is { } request ? AccessApi.Json(OwnRequest.Of(request)) : api.Problem(AccessFault.NotFound("request")))).Gives<OwnRequest>("One of your requests");
        group.MapPost("/requests/{id}/withdraw", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            api.Answer((await requests.WithdrawAsync(person, id, context.RequestAborted)).Map(OwnRequest.Of)))).Gives<OwnRequest>("Withdraw a request");

        group.MapPost("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            api.WithBodyAsync(context, async (NewAppeal body) => (await appeals.CreateAsync(person, body.DecisionId, body.Statement, context.RequestAborted)).Map(OwnAppeal.Of), StatusCodes.Status201Created))).Takes<NewAppeal>().Gives<OwnAppeal>("Appeal against a refusal", StatusCodes.Status201Created);
        group.MapGet("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => appeals.OfAsync(person, after, limit, context.RequestAborted), static appeal => appeal.Id, OwnAppeal.Of))).Gives<Page<OwnAppeal>>("Your appeals, newest first");
        group.MapGet("/appeals/{id}", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, async (_, person) =>
            await appeals.FindAsync(id, person, context.RequestAborted) is { } appeal ? AccessApi.Json(OwnAppeal.Of(appeal)) : api.Problem(AccessFault.NotFound("appeal")))).Gives<OwnAppeal>("One of your appeals");
        MapDecisions(group);
    }

    private static void MapDecisions(RouteGroupBuilder group)
    {
        group.MapGet("/decisions", static (HttpContext context, AccessApi api, PastDecisions decisions) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => decisions.OfAsync(person, after, limit, context.RequestAborted), static decision => decision.Id))).Gives<Page<OwnDecision>>("What was decided for you, newest first");
        group.MapGet("/decisions/{id}", static (HttpContext context, string id, AccessApi api, PastDecisions decisions) => api.ForAsync(context, async (_, person) =>
            await decisions.FindAsync(person, id, context.RequestAborted) is { } decision ? AccessApi.Json(decision) : api.Problem(AccessFault.NotFound("decision")))).Gives<OwnDecision>("One decision that was made for you");
    }
}
