using PolicyGateway.Access.Keys;

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

        group.MapOwnKeys();
        group.MapPost("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (caller, _) =>
            api.WithBodyAsync(context, (NewRequest body) => requests.CreateAsync(caller, new RequestDraft([.. (body.Categories ?? []).Select(static name => name ?? "").Distinct()], body.Project, body.Purpose, body.Days ?? 30), context.RequestAborted), StatusCodes.Status201Created))).Takes<NewRequest>().Gives<AccessRequest>("Ask for access", StatusCodes.Status201Created);
        group.MapGet("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => requests.OfAsync(person, after, limit, context.RequestAborted), static request => request.Id))).Gives<Page<AccessRequest>>("Your requests, newest first");
        group.MapGet("/requests/{id}", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            await requests.FindAsync(id, person, context.RequestAborted) is { } request ? AccessApi.Json(request) : api.Problem(AccessFault.NotFound("request")))).Gives<AccessRequest>("One of your requests");
        group.MapPost("/requests/{id}/withdraw", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            api.Answer(await requests.WithdrawAsync(person, id, context.RequestAborted)))).Gives<AccessRequest>("Withdraw a request");

        group.MapPost("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            api.WithBodyAsync(context, (NewAppeal body) => appeals.CreateAsync(person, body.DecisionId, body.Statement, context.RequestAborted), StatusCodes.Status201Created))).Takes<NewAppeal>().Gives<Appeal>("Appeal against a refusal", StatusCodes.Status201Created);
        group.MapGet("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => appeals.OfAsync(person, after, limit, context.RequestAborted), static appeal => appeal.Id))).Gives<Page<Appeal>>("Your appeals, newest first");
        group.MapGet("/appeals/{id}", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, async (_, person) =>
            await appeals.FindAsync(id, person, context.RequestAborted) is { } appeal ? AccessApi.Json(appeal) : api.Problem(AccessFault.NotFound("appeal")))).Gives<Appeal>("One of your appeals");
    }
}
