using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;
using PolicyGateway.Forwarding;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Admin;

/// <summary>A grant that nobody asked for, as its body says it.</summary>
internal sealed record GrantDraft(PersonRef? Person = null, OrganisationRef? Organisation = null, string[]? Categories = null, string[]? Models = null, string? Project = null, int? Days = null, string? Reason = null, bool? BindProject = null, bool? Assignable = null, GrantQuota? Quota = null);

/// <summary>An administrator gives, an operator takes back; recorded with the reason.</summary>
internal sealed class Granting(GrantBook grants, JoinedIdentities joined, Outbox outbox, IPolicySource policy, TokenIssuers issuers, ModelRouter models, TierLadder ladder, IAuditLog audit, TimeProvider time)
{
    public async Task<AccessResult<Grant>> GrantAsync(PersonRef by, OrganisationRef? own, GrantDraft draft, CancellationToken cancellationToken)
    {
        if ((Check(by, own, draft) ?? WrittenText.CheckText("reason", draft.Reason)) is { } fault)
        {
            return fault;
        }

        var now = time.GetUtcNow();
        var grant = new Grant
        {
            Id = StateId.New("grt", now),
            Person = draft.Person,
            Organisation = draft.Organisation,
            Categories = [.. draft.Categories!.Distinct()],
            Models = [.. draft.Models ?? []],
            Project = draft.Project,
            BindProject = draft.BindProject ?? false,
            IsAssignable = draft.Assignable ?? false,
            Quota = draft.Quota,
            NotBefore = now,
            ExpiresAt = now.AddDays(draft.Days!.Value),
            Approvals = [new Approval(by, now, draft.Reason!)],
        };
        return await audit.MakeAsync(
            RecordOf(ChangeEvents.GrantCreated, by, grant, draft.Reason),
            () => grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant), .. outbox.Of(Happening.Of(Happening.GrantCreated, grant))], CancellationToken.None), cancellationToken)
            ? grant
            : AccessFault.Raced;
    }

    public async Task<AccessResult<Grant>> RevokeAsync(PersonRef by, string id, string? reason)
    {
        if (WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        // Where it cannot be kept, the record and the log have the id: no other text gets there.
        if (!StateId.IsOne("grt", id))
        {
            return AccessFault.NotFound("grant");
        }

        // First in force, then recorded: what is taken away must not wait for a disk.
        var record = new ChangeRecord { Event = ChangeEvents.GrantRevoked, Issuer = by.Issuer, Subject = by.Subject, Target = id, Reason = reason };
        if (await audit.KeepAsync(record, () => grants.RevokeAsync(id, new Approval(by, time.GetUtcNow(), reason!), ended => outbox.Of(Happening.Of(Happening.GrantRevoked, ended)))) is not { } grant)
        {
            return AccessFault.NotFound("grant");
        }

        await audit.CommitAsync(RecordOf(record.Event, by, grant, reason), CancellationToken.None);
        return grant;
    }

    private AccessFault? Check(PersonRef by, OrganisationRef? own, GrantDraft draft)
    {
        if (draft.Person is null == draft.Organisation is null)
        {
            return AccessFault.Invalid("Name a person or an organisation, not both.");
        }

        if (GrantTerms.CheckQuota(draft.Quota, null) is { } fault)
        {
            return fault;
        }

        if (draft is { Assignable: true, Organisation: null })
        {
            return AccessFault.Invalid("assignable: an organisation's grant, which its stewards pass on.");
        }

        if (draft.Person is { Issuer: null or "" } or { Subject: null or "" } || draft.Organisation is { Issuer: null or "" } or { Name: null or "" })
        {
            return AccessFault.Invalid("A person has issuer and subject, an organisation issuer and name.");
        }

        if (issuers.Find(draft.Person?.Issuer ?? draft.Organisation!.Issuer) is null)
        {
            return AccessFault.Invalid($"{(draft.Person is null ? "organisation" : "person")}.issuer: one that this gateway takes tokens of.");
        }

        if ((draft.Person?.Subject ?? draft.Organisation!.Name) is var named && (named.Length > 256 || named.Any(char.IsControl)))
        {
            return AccessFault.Invalid("subject, name: 256 characters at most, none of them a control character, as in tokens.");
        }

        if (draft.Models?.Length > 100)
        {
            return AccessFault.Invalid("models: 100 at most.");
        }

        if (joined.WereEverOne(draft.Person, by) || (own is not null && draft.Organisation == own))
        {
            return AccessFault.Forbidden("Nobody grants himself, or the organisation that he belongs to, anything.");
        }

        var (isOpenable, approvals, longest) = GrantTerms.Of(policy.Current, draft.Categories ?? []);
        if (!isOpenable)
        {
            return AccessFault.Invalid("categories: name those of the policy that open to somebody.");
        }

        if (approvals > 1)
        {
            return AccessFault.Forbidden($"One of these categories, or of those nested in them, wants {approvals} approvers: it is granted on a request only, of the person or of a steward for the organisation.");
        }

        return draft.Days is not { } days || days < 1 || days > longest ? AccessFault.Invalid($"days: 1 to {longest} for these categories.")
            : draft.Models?.Any(model => model is null || models.Find(model, ladder.Highest) is null) == true ? AccessFault.Invalid("models: names of models that this gateway has; leave it out for all of them.")
            : draft.Project is null ? (draft.BindProject == true ? AccessFault.Invalid("project: name the one that the grant is bound to.") : null) : WrittenText.CheckLine("project", draft.Project);
    }

    private static ChangeRecord RecordOf(string happened, PersonRef by, Grant grant, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = grant.Id,
        Details = [new("expires_at", $"{grant.ExpiresAt:O}"), .. grant.Quota is { } quota ? [new("quota", $"{quota}")] : Array.Empty<KeyValuePair<string, string>>(), .. grant.BindProject ? [new("bind_project", "true")] : Array.Empty<KeyValuePair<string, string>>(), .. grant.Models.Select(static (model, index) => new KeyValuePair<string, string>($"model_{index}", model))],
        Categories = grant.Categories,
        Reason = reason,
    };
}
