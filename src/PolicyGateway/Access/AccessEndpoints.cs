using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

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
        var group = endpoints.MapGroup("/v1/access");
        group.MapGet("/me", static (HttpContext context, AccessApi api, Standing standing) =>
            api.ForAsync(context, async (caller, _) => AccessApi.Json(await standing.OfAsync(caller, context.RequestAborted))));

        group.MapOwnKeys();
        group.MapPost("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (caller, _) =>
            api.WithBodyAsync(context, (NewRequest body) => requests.CreateAsync(caller, new RequestDraft([.. (body.Categories ?? []).Select(static name => name ?? "").Distinct()], body.Project, body.Purpose, body.Days ?? 30), context.RequestAborted), StatusCodes.Status201Created)));
        group.MapGet("/requests", static (HttpContext context, AccessApi api, AccessRequests requests) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => requests.OfAsync(person, after, limit, context.RequestAborted), static request => request.Id)));
        group.MapGet("/requests/{id}", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            await requests.FindAsync(id, person, context.RequestAborted) is { } request ? AccessApi.Json(request) : api.Problem(AccessFault.NotFound("request"))));
        group.MapPost("/requests/{id}/withdraw", static (HttpContext context, string id, AccessApi api, AccessRequests requests) => api.ForAsync(context, async (_, person) =>
            api.Answer(await requests.WithdrawAsync(person, id, context.RequestAborted))));

        group.MapPost("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            api.WithBodyAsync(context, (NewAppeal body) => appeals.CreateAsync(person, body.DecisionId, body.Statement, context.RequestAborted), StatusCodes.Status201Created)));
        group.MapGet("/appeals", static (HttpContext context, AccessApi api, Appeals appeals) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => appeals.OfAsync(person, after, limit, context.RequestAborted), static appeal => appeal.Id)));
        group.MapGet("/appeals/{id}", static (HttpContext context, string id, AccessApi api, Appeals appeals) => api.ForAsync(context, async (_, person) =>
            await appeals.FindAsync(id, person, context.RequestAborted) is { } appeal ? AccessApi.Json(appeal) : api.Problem(AccessFault.NotFound("appeal"))));
    }
}

/// <summary>Who somebody is here, what is open to him, and why the rest is not.</summary>
internal sealed class Standing(GrantBook grants, IPolicySource policy, TimeProvider time)
{
    public async Task<object> OfAsync(Caller caller, CancellationToken cancellationToken)
    {
        var (snapshot, now) = (policy.Current, time.GetUtcNow());
        caller = caller with { Grants = await grants.ForAsync(caller, null, cancellationToken) };
        var clearance = PolicyTable.ClearanceOf(snapshot, caller, now);
        return new
        {
            caller.Issuer,
            caller.Subject,
            caller.Organisation,
            caller.Tenant,
            Tier = caller.Tier.Name,
            Credentials = caller.Credentials.Select(static held => new { held.Name, held.Issuer, held.ExpiresAt }),
            caller.Acr,
            caller.AuthTime,
            Roles = caller.Roles.Select(static role => role.ToString().ToLowerInvariant()),
            caller.Grants,
            PolicyVersion = snapshot.Version,
            Categories = snapshot.Categories.Select(category => Of(category, caller, clearance.Opens(category.Id), now)),
        };
    }

    private static object Of(PolicyCategory category, Caller caller, bool isOpen, DateTimeOffset now) => new
    {
        Category = category.Id,
        category.Title,
        Open = isOpen,
        Grant = caller.GrantFor(category.Id, now)?.Id,
        Opens = category.IsClosed ? "never" : "on_verification",
        RequiredTier = category.IsClosed ? null : category.Requires.Value?.Tier,
        RequiredCredentials = category.IsClosed ? [] : category.Requires.Value?.AnyOfCredentials ?? [],
        AcrValues = category.IsClosed ? [] : category.Requires.Value?.AcrValues ?? [],
        MaxAge = (long?)category.Requires.Value?.MaxAge?.TotalSeconds,
        category.HowLong,
    };
}
