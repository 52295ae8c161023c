using PolicyGateway.Admin.Reads;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;

namespace PolicyGateway.Access.Joins;

/// <summary>Joined subjects, for their person and for operators.</summary>
internal static class JoinEndpoints
{
    /// <summary>A body that joins.</summary>
    internal sealed record Proof(string? Code);

    /// <summary>A body of an operator that undoes.</summary>
    internal sealed record Undoing(string? Reason);

    /// <summary>A person's own.</summary>
    public static void MapOwnIdentities(this RouteGroupBuilder group)
    {
        group.MapGet("/identities", static (HttpContext context, AccessApi api, JoinedIdentities joined, PrivacyKey key) => api.ForAsync(context, async (_, person) =>
            AccessApi.Json(new Page<OwnIdentity>([.. (await joined.ListAsync(person, context.RequestAborted)).Select(join => OwnIdentity.Of(join, person, key))], null)))).Gives<Page<OwnIdentity>>("Your joined logins, newest first");
        group.MapPost("/identities/codes", static (HttpContext context, AccessApi api, IdentityJoins joins) => api.ForAsync(context, (_, person) =>
            Task.FromResult(api.Answer(joins.NewCode(person), StatusCodes.Status201Created)))).WithMetadata(TellsOnce.Metadata).Gives<JoinCode>("Make a code that joins another login of yours to this one; it is told this once", StatusCodes.Status201Created);
        group.MapPost("/identities", static (HttpContext context, AccessApi api, IdentityJoins joins, PrivacyKey key) => api.ForAsync(context, (_, person) =>
            api.WithBodyAsync(context, async (Proof body) => (await joins.JoinAsync(person, body.Code, context.RequestAborted)).Map(join => OwnIdentity.Of(join, person, key)), StatusCodes.Status201Created))).Takes<Proof>().Gives<OwnIdentity>("Join this login to the one that made the code", StatusCodes.Status201Created);
        group.MapPost("/identities/{id}/undo", static (HttpContext context, string id, AccessApi api, IdentityJoins joins, PrivacyKey key) => api.ForAsync(context, async (_, person) =>
            api.Answer((await joins.UndoAsync(person, id, null, context.RequestAborted)).Map(join => OwnIdentity.Of(join, person, key))))).Gives<OwnIdentity>("Undo a join, at once and in answers under way");
    }

    /// <summary>Everybody's, for those who may.</summary>
    public static void MapAllIdentities(this RouteGroupBuilder group, Role[] readers, Role[] takers)
    {
        group.MapGet("/identities", (HttpContext context, AccessApi api, JoinedIdentities joined, Looks looks) => api.ForAsync(context, readers, person => looks.RecordAsync(context, person, async () =>
            AccessApi.Json(new Page<JoinedIdentity>(await joined.ListAsync(new PersonRef(context.Request.Query["issuer"]!, context.Request.Query["subject"]!), context.RequestAborted), null)))))
            .Queries(QueryParameter.Issuer with { IsRequired = true }, QueryParameter.Subject with { IsRequired = true }).CountsAsChange().Gives<Page<JoinedIdentity>>("The joined logins of a person, newest first");
        group.MapPost("/identities/{id}/undo", (HttpContext context, string id, AccessApi api, IdentityJoins joins) => api.ForAsync(context, takers, person =>
            api.WithBodyAsync(context, (Undoing body) => joins.UndoAsync(person, id, body.Reason ?? "", context.RequestAborted)))).Takes<Undoing>().Gives<JoinedIdentity>("Undo a join, at once and in answers under way");
    }
}
