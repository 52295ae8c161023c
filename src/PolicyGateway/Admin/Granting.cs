using System.Collections.Immutable;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Admin;

/// <summary>A grant that nobody asked for, as its body says it.</summary>
internal sealed record GrantDraft(PersonRef? Person, OrganisationRef? Organisation, string[]? Categories, string[]? Models, string? Project, int? Days, string? Reason);

/// <summary>An administrator gives, an operator takes back; recorded with the reason.</summary>
internal sealed class Granting(GrantBook grants, IPolicySource policy, IAuditLog audit, TimeProvider time)
{
    public async Task<AccessResult<Grant>> GrantAsync(PersonRef by, GrantDraft draft, CancellationToken cancellationToken)
    {
        if ((Check(by, draft) ?? WrittenText.CheckText("reason", draft.Reason)) is { } fault)
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
            NotBefore = now,
            ExpiresAt = now.AddDays(draft.Days!.Value),
            Approvals = [new Approval(by, now, draft.Reason!)],
        };
        return await audit.MakeAsync(
            RecordOf("grant.created", by, grant, draft.Reason), () => grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant)], cancellationToken), cancellationToken)
            ? grant
            : AccessFault.Raced;
    }

    public async Task<AccessResult<Grant>> RevokeAsync(PersonRef by, string id, string? reason, CancellationToken cancellationToken)
    {
        if (WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        // First in force, then recorded: what is taken away must not wait for a disk.
        if (await grants.RevokeAsync(id, new Approval(by, time.GetUtcNow(), reason!), cancellationToken) is not { } grant)
        {
            return AccessFault.NotFound("grant");
        }

        await audit.CommitAsync(RecordOf("grant.revoked", by, grant, reason), cancellationToken);
        return grant;
    }

    private AccessFault? Check(PersonRef by, GrantDraft draft)
    {
        if (draft.Person is null == draft.Organisation is null)
        {
            return AccessFault.Invalid("Name a person or an organisation, not both.");
        }

        if (draft.Person is { Issuer: null or "" } or { Subject: null or "" } || draft.Organisation is { Issuer: null or "" } or { Name: null or "" })
        {
            return AccessFault.Invalid("A person has issuer and subject, an organisation issuer and name.");
        }

        if (draft.Person == by)
        {
            return AccessFault.Forbidden("Nobody grants himself anything.");
        }

        var categories = policy.Current.Categories.Where(category => draft.Categories?.Contains(category.Id) == true).ToImmutableArray();
        if (categories.Length == 0 || categories.Length < draft.Categories!.Distinct().Count() || categories.Any(static category => category.IsClosed))
        {
            return AccessFault.Invalid("categories: name those of the policy that open to somebody.");
        }

        if (categories.FirstOrDefault(static category => category.Approvals > 1) is { } two)
        {
            return AccessFault.Forbidden($"'{two.Id}' wants {two.Approvals} approvers: it is granted on a request only.");
        }

        var longest = (int)categories.Min(static category => category.LongestGrant.TotalDays);
        return draft.Days is not { } days || days < 1 || days > longest ? AccessFault.Invalid($"days: 1 to {longest} for these categories.")
            : draft.Models?.Any(static model => WrittenText.CheckLine("models", model) is not null) == true ? AccessFault.Invalid("models: names of models.")
            : draft.Project is null ? null : WrittenText.CheckLine("project", draft.Project);
    }

    private static ChangeRecord RecordOf(string happened, PersonRef by, Grant grant, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = grant.Id,
        Categories = grant.Categories,
        Reason = reason,
    };
}
