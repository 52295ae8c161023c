using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>What a steward passes on: part of a grant of the organisation's, to one of its people.</summary>
internal sealed record ShareDraft(string? Within, string? Subject, string?[]? Categories, string?[]? Models, int? Days, string? Reason, GrantQuota? Quota = null);

/// <summary>
/// An organisation's own stewards pass on what it holds, to people of it: never more than it holds, never longer, and never to
/// themselves. What was passed on counts while the organisation's grant counts and the person is of the organisation.
/// </summary>
internal sealed class Stewardship(GrantBook grants, JoinedIdentities joined, Outbox outbox, IAuditLog audit, TimeProvider time)
{
    public static readonly AccessFault NotHeld = AccessFault.NotFound("grant of your organisation");

    private static readonly Role[] Stewards = [Role.Steward];

    /// <summary>The organisation of a caller who may pass on; else why not.</summary>
    public static AccessResult<OrganisationRef> Of(Caller caller) =>
        OrganisationRef.Of(caller) is not { } organisation ? AccessFault.Forbidden("Your token names no organisation.")
        : !Stewards.Any(caller.Roles.Contains) ? AccessFault.Forbidden("This needs the role steward.")
        : organisation;

    /// <summary>What the organisation holds, whatever has become of it, newest first.</summary>
    public Task<IReadOnlyList<Grant>> HeldAsync(OrganisationRef organisation, string? after, int limit, CancellationToken cancellationToken) =>
        grants.OfAsync(organisation.Key(), after, limit, cancellationToken);

    /// <summary>One of those; null where it is none of the organisation's.</summary>
    public async Task<Grant?> FindAsync(OrganisationRef organisation, string id, CancellationToken cancellationToken) =>
        await grants.Set.FindAsync(id, cancellationToken) is { Value: var grant } && grant.Organisation == organisation ? grant : null;

    /// <summary>What was passed on from one of those, whatever has become of it, newest first.</summary>
    public Task<IReadOnlyList<Grant>> PassedOnAsync(Grant held, string? after, int limit, CancellationToken cancellationToken) =>
        grants.WithinAsync(held.Id, after, limit, cancellationToken);

    public async Task<AccessResult<Grant>> ShareAsync(Caller caller, PersonRef by, ShareDraft draft, CancellationToken cancellationToken)
    {
        var own = Of(caller);
        if (own.Value is not { } organisation)
        {
            return own.Fault!;
        }

        var now = time.GetUtcNow();
        if (draft.Within is null || await FindAsync(organisation, draft.Within, cancellationToken) is not { } held)
        {
            return NotHeld;
        }

        var person = new PersonRef(organisation.Issuer, draft.Subject ?? "");
        if ((Check(held, draft, by, person, now) ?? WrittenText.CheckText("reason", draft.Reason)) is { } fault)
        {
            return fault;
        }

        var until = now.AddDays(draft.Days!.Value);
        var grant = new Grant
        {
            Id = StateId.New("grt", now),
            Person = person,
            Within = held.Id,
            Categories = [.. draft.Categories!.Select(static name => name!).Distinct()],
            Models = draft.Models is { Length: > 0 } models ? [.. models.Select(static name => name!).Distinct()] : held.Models,
            Project = held.Project,
            BindProject = held.BindProject,
            Quota = draft.Quota ?? held.Quota,
            NotBefore = now,
            ExpiresAt = until < held.ExpiresAt ? until : held.ExpiresAt,
            Approvals = [new Approval(by, now, draft.Reason!)],
        };
        return await audit.MakeAsync(
            RecordOf(ChangeEvents.GrantShared, by, grant, draft.Reason), () => grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant), .. outbox.Of(Happening.Of(Happening.GrantCreated, grant))], CancellationToken.None), cancellationToken)
            ? grant
            : AccessFault.Raced;
    }

    /// <summary>Takes back what was passed on.</summary>
    public async Task<AccessResult<Grant>> TakeBackAsync(Caller caller, PersonRef by, string id, string? reason, CancellationToken cancellationToken)
    {
        var own = Of(caller);
        if (own.Value is not { } organisation)
        {
            return own.Fault!;
        }

        if (WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        if (await grants.Set.FindAsync(id, cancellationToken) is not { Value: { Within: { } within } passed }
            || await grants.Set.FindAsync(within, cancellationToken) is not { } held || held.Value.Organisation != organisation
            || await audit.KeepAsync(RecordOf(ChangeEvents.GrantRevoked, by, passed, reason), () => grants.RevokeAsync(id, new Approval(by, time.GetUtcNow(), reason!), ended => outbox.Of(Happening.Of(Happening.GrantRevoked, ended)))) is not { } grant)
        {
            return AccessFault.NotFound("grant that your organisation passed on");
        }

        await audit.CommitAsync(RecordOf(ChangeEvents.GrantRevoked, by, grant, reason), CancellationToken.None);
        return grant;
    }

    private AccessFault? Check(Grant held, ShareDraft draft, PersonRef by, PersonRef person, DateTimeOffset now) =>
        !held.IsAssignable || held.Revoked is not null || held.ExpiresAt <= now ? AccessFault.Conflict("within: a grant of your organisation that is in force and made to be passed on (assignable).")
        : WrittenText.CheckLine("subject", draft.Subject) is { } fault ? fault
        : draft.Subject!.StartsWith("key_", StringComparison.Ordinal) ? AccessFault.Invalid("subject: a person; what is passed on is no key's.")
        : joined.WereEverOne(person, by) ? AccessFault.Forbidden("Nobody passes anything on to himself.")
        : draft.Categories is not { Length: > 0 and <= 20 } wanted || !Array.TrueForAll(wanted, name => WrittenText.CheckLine("categories", name) is null && held.ForCaller().Opens(name!, held.NotBefore)) ? AccessFault.Invalid("categories: of those that the organisation's grant opens.")
        : draft.Models?.All(name => WrittenText.CheckLine("models", name) is null && held.Covers(name!)) == false ? AccessFault.Invalid("models: of those that the organisation's grant counts for.")
        : draft.Days is not { } days || days < 1 || days > 366 ? AccessFault.Invalid("days: 1 to 366; it ends with the organisation's grant at the latest.")
        : GrantTerms.CheckQuota(draft.Quota, held.Quota);

    private static ChangeRecord RecordOf(string happened, PersonRef by, Grant grant, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = grant.Id,
        Details = [new("within", grant.Within!), new("expires_at", $"{grant.ExpiresAt:O}"), .. grant.Quota is { } quota ? [new("quota", $"{quota}")] : Array.Empty<KeyValuePair<string, string>>()],
        Categories = grant.Categories,
        Reason = reason,
    };
}
