using System.Collections.Immutable;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Identity;

namespace PolicyGateway.Access.Keys;

/// <summary>Keys, for their owners and for operators.</summary>
internal static class KeyEndpoints
{
    /// <summary>A body that rotates.</summary>
    internal sealed record Rotation(double? OverlapHours);

    /// <summary>A body that revokes.</summary>
    internal sealed record End(string? Reason);

    /// <summary>A key as it is shown; its hash is nobody's business.</summary>
    internal sealed record KeyView(
        string Id,
        string Hint,
        string Name,
        PersonRef? Person,
        OrganisationRef? Organisation,
        string? Tenant,
        string Tier,
        bool MultiUser,
        string? Scope,
        ImmutableArray<string>? Models,
        ImmutableArray<string>? Categories,
        DateTimeOffset CreatedAt,
        DateTimeOffset ExpiresAt,
        string? ReplacedBy,
        Approval? Revoked);

    /// <summary>A key that was just made, with its text.</summary>
    internal sealed record NewKeyView(string Key, KeyView Record);

    private static KeyView Shown(ApiKey key) => new(
        key.Id, key.Hint, key.Name, key.Person, key.Organisation, key.Tenant, key.Tier, key.MultiUser,
        key.Scope is { } scope ? ApiScopes.Text(scope) : null, key.Models, key.Categories, key.CreatedAt, key.ExpiresAt, key.ReplacedBy, key.Revoked);

    private static AccessResult<KeyView> Shown(AccessResult<ApiKey> result) => result.Map(Shown);

    private static AccessResult<NewKeyView> Shown(AccessResult<NewKey> result) => result.Map(static made => new NewKeyView(made.Key, Shown(made.Record)));

    /// <summary>A person's own keys.</summary>
    public static void MapOwnKeys(this RouteGroupBuilder group)
    {
        group.MapGet("/keys", static (HttpContext context, AccessApi api, ApiKeys keys) => api.ForAsync(context, (_, person) =>
            AccessApi.PageAsync(context, (after, limit) => keys.OfAsync(person.Key(), after, limit, context.RequestAborted), static key => key.Id, Shown))).Paged("key").Gives<Page<KeyView>>("Your API keys, newest first");
        group.MapPost("/keys", static (HttpContext context, AccessApi api, KeyMaking keys) => api.ForAsync(context, (caller, person) =>
            api.WithBodyAsync(context, async (KeyDraft draft) => Shown(await keys.CreateAsync(caller, person, draft, context.RequestAborted)), StatusCodes.Status201Created))).Takes<KeyDraft>().WithMetadata(TellsOnce.Metadata).Gives<NewKeyView>("Make an API key; its text is told this once", StatusCodes.Status201Created);
        group.MapPost("/keys/{id}/rotate", static (HttpContext context, string id, AccessApi api, ApiKeys keys) => api.ForAsync(context, (caller, person) =>
            api.WithBodyAsync(context, async (Rotation body) => Shown(await keys.RotateAsync(person, id, person.Key(), Overlap(body), context.RequestAborted, caller)), StatusCodes.Status201Created))).Takes<Rotation>().WithMetadata(TellsOnce.Metadata).Gives<NewKeyView>("Make a key that takes another's place", StatusCodes.Status201Created);
        group.MapPost("/keys/{id}/revoke", static (HttpContext context, string id, AccessApi api, ApiKeys keys) => api.ForAsync(context, (_, person) =>
            api.WithBodyAsync(context, async (End body) => Shown(await keys.RevokeAsync(person, id, person.Key(), body.Reason, context.RequestAborted))))).Takes<End>().Gives<KeyView>("End a key, at once and in answers under way");
    }

    /// <summary>Everybody's, for those who may.</summary>
    public static void MapAllKeys(this RouteGroupBuilder group, Role[] readers, Role[] takers)
    {
        group.MapGet("/keys", (HttpContext context, AccessApi api, ApiKeys keys, Looks looks) => api.ForAsync(context, readers, person => looks.RecordAsync(context, person, () =>
            AccessApi.OwnerOf(context.Request.Query) is { } owner
                ? AccessApi.PageAsync(context, (after, limit) => keys.OfAsync(owner, after, limit, context.RequestAborted), static key => key.Id, Shown)
                : Task.FromResult(api.Problem(AccessApi.NoOwner))))).Paged("key", QueryParameter.Issuer with { IsRequired = true }, QueryParameter.Subject, QueryParameter.Organisation).CountsAsChange(where: QueryParameter.Subject).Gives<Page<KeyView>>("The keys of a person or an organisation, newest first");
        group.MapPost("/keys", static (HttpContext context, AccessApi api, KeyMaking keys) => api.ForAsync(context, [], person =>
            api.WithBodyAsync(context, async (KeyDraft draft) => Shown(await keys.CreateAsync(person, draft, context.RequestAborted)), StatusCodes.Status201Created))).Takes<KeyDraft>().WithMetadata(TellsOnce.Metadata).Gives<NewKeyView>("Make an organisation's key; its text is told this once", StatusCodes.Status201Created);
        group.MapPost("/keys/{id}/rotate", static (HttpContext context, string id, AccessApi api, KeyMaking keys) => api.ForAsync(context, [], person =>
            api.WithBodyAsync(context, async (Rotation body) => Shown(await keys.ReplaceAsync(person, id, Overlap(body), context.RequestAborted)), StatusCodes.Status201Created))).Takes<Rotation>().WithMetadata(TellsOnce.Metadata).Gives<NewKeyView>("Make a key that takes the place of an organisation's; a person's is replaced by its owner only", StatusCodes.Status201Created);
        group.MapPost("/keys/{id}/revoke", (HttpContext context, string id, AccessApi api, ApiKeys keys) => api.ForAsync(context, takers, person =>
            api.WithBodyAsync(context, async (End body) => Shown(await keys.RevokeAsync(person, id, null, body.Reason, context.RequestAborted))))).Takes<End>().Gives<KeyView>("End a key, at once and in answers under way");
    }

    private static TimeSpan Overlap(Rotation body) => body.OverlapHours is { } hours and >= 0 and <= 1_000 ? TimeSpan.FromHours(hours) : TimeSpan.FromHours(body.OverlapHours is null ? 24 : -1);
}
