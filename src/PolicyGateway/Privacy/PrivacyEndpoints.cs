using PolicyGateway.Access;

namespace PolicyGateway.Privacy;

/// <summary>What a person can have of what is kept about him, and what an administrator does when somebody asks to be erased.</summary>
internal static class PrivacyEndpoints
{
    /// <summary>A body of <c>POST /admin/privacy/export</c>.</summary>
    internal sealed record Whose(string? Issuer, string? Subject, string? After);

    /// <summary>A body of <c>POST /admin/privacy/erase</c>.</summary>
    internal sealed record Whom(string? Issuer, string? Subject, string? Reason);

    public static void MapOwnExport(this RouteGroupBuilder group) =>
        group.MapGet("/me/export", static (HttpContext context, AccessApi api, Export export) => api.ForAsync(context, async (_, person) =>
            AccessApi.Json(await export.OfAsync(person, context.Request.Query["after"], context.RequestAborted)))).Queries(QueryParameter.After("dec")).CountsAsChange().Gives<PersonExport>("All that is kept of you");

    public static void MapPrivacy(this RouteGroupBuilder group)
    {
        group.MapPost("/privacy/export", static (HttpContext context, AccessApi api, RecordedExport export) => api.ForAsync(context, [], by =>
            api.WithBodyAsync(context, (Whose body) => export.OfAsync(by, body.Issuer, body.Subject, body.After, context.RequestAborted)))).Takes<Whose>().WithMetadata(TellsOnce.Metadata).Gives<PersonExport>("All that is kept of a person; that you looked is recorded first");
        group.MapPost("/privacy/erase", static (HttpContext context, AccessApi api, Erasure erasure) => api.ForAsync(context, [], by =>
            api.WithBodyAsync(context, (Whom body) => erasure.EraseAsync(by, body.Issuer, body.Subject, body.Reason, context.RequestAborted)))).Takes<Whom>().Gives<ErasureView>("Erase a person; what is erased cannot be brought back");
    }
}
