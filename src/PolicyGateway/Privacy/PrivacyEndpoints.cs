using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Privacy;

/// <summary>What a person can have of what is kept about him, and what an administrator does when somebody asks to be erased.</summary>
internal static class PrivacyEndpoints
{
    private static readonly AccessFault NoPerson = AccessFault.Invalid("issuer and subject: the person, exactly as his tokens name him.");

    /// <summary>A body of <c>POST /admin/privacy/export</c>.</summary>
    internal sealed record Whose(string? Issuer, string? Subject, string? After);

    /// <summary>A body of <c>POST /admin/privacy/erase</c>.</summary>
    internal sealed record Whom(string? Issuer, string? Subject, string? Reason);

    public static void MapOwnExport(this RouteGroupBuilder group) =>
        group.MapGet("/me/export", static (HttpContext context, AccessApi api, Export export) => api.ForAsync(context, async (_, person) =>

            // As much work as a change.
            api.Charge(context, person) is { } tooMany
                ? api.Problem(tooMany)
                : AccessApi.Json(await export.OfAsync(person, context.Request.Query["after"] is [{ Length: > 0 and < 100 } after] ? after : null, context.RequestAborted))))
            .Gives<PersonExport>("All that is kept of you")
            .Describes("after");

    public static void MapPrivacy(this RouteGroupBuilder group)
    {
        group.MapPost("/privacy/export", static (HttpContext context, AccessApi api, Export export, PrivacyKey key, IAuditLog audit) => api.ForAsync(context, [], by =>
            api.WithBodyAsync(context, async (Whose body) => PersonOf(body.Issuer, body.Subject) is { } person
                ? await ExportAsync(export, key, audit, by, person, body.After, context.RequestAborted)
                : NoPerson))).Takes<Whose>().WithMetadata(TellsOnce.Metadata).Gives<PersonExport>("All that is kept of a person; that you looked is recorded first");
        group.MapPost("/privacy/erase", static (HttpContext context, AccessApi api, Erasure erasure) => api.ForAsync(context, [], by =>
            api.WithBodyAsync(context, async (Whom body) => PersonOf(body.Issuer, body.Subject) is { } person
                ? await erasure.EraseAsync(by, person, body.Reason, context.RequestAborted)
                : NoPerson))).Takes<Whom>().Gives<ErasureView>("Erase a person; what is erased cannot be brought back");
    }

    private static async Task<AccessResult<PersonExport>> ExportAsync(
        Export export, PrivacyKey key, IAuditLog audit, PersonRef by, PersonRef person, string? after, CancellationToken cancellationToken)
    {
        await audit.CommitAsync(
            new ChangeRecord { Event = "privacy.exported", Issuer = by.Issuer, Subject = by.Subject, Target = key.DigestOf(person.Issuer, person.Subject) }, cancellationToken);
        return await export.InFullAsync(person, after, cancellationToken);
    }

    private static PersonRef? PersonOf(string? issuer, string? subject) =>
        string.IsNullOrEmpty(issuer) || string.IsNullOrEmpty(subject) || subject == PersonRef.Erased ? null : new PersonRef(issuer, subject);
}
