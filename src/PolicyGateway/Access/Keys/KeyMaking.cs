using Microsoft.Extensions.Options;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Access.Keys;

/// <summary>Makes keys, of a person's own and of organisations: of no more than whoever makes one may give.</summary>
internal sealed class KeyMaking(ApiKeys keys, KeyScopes scopes, IPolicySource policy, TokenIssuers issuers, TierLadder ladder, IOptions<AccessOptions> options, TimeProvider time)
{
    /// <summary>A key of a person's own: of no higher tier than the person has now, nor than keys may have.</summary>
    public Task<AccessResult<NewKey>> CreateAsync(Caller caller, PersonRef person, KeyDraft draft, CancellationToken cancellationToken) =>
        draft.Organisation is not null || draft.Tier is not null || draft.Tenant is not null || draft.MultiUser is not null
            ? Task.FromResult<AccessResult<NewKey>>(AccessFault.Invalid("A key of your own has a name, days, scope, models and categories; the rest is yours already."))
            : CreateAsync(person, draft, (person, OrganisationRef.Of(caller), caller.Tenant, ApiKeys.Lower(caller.Tier, keys.MaxTier)), cancellationToken);

    /// <summary>A key of an organisation, which an administrator makes.</summary>
    public Task<AccessResult<NewKey>> CreateAsync(PersonRef administrator, KeyDraft draft, CancellationToken cancellationToken)
    {
        if (draft.Organisation is not { Issuer.Length: > 0, Name.Length: > 0 } organisation)
        {
            return Task.FromResult<AccessResult<NewKey>>(AccessFault.Invalid("organisation: issuer and name of the one that the key belongs to."));
        }

        if (Check(organisation, draft.Tenant) is { } fault)
        {
            return Task.FromResult<AccessResult<NewKey>>(fault);
        }

        var tier = draft.Tier is null ? keys.MaxTier : ladder.Tiers.FirstOrDefault(tier => tier.Name == draft.Tier);
        return tier.Name is null || tier.Rank > keys.MaxTier.Rank
            ? Task.FromResult<AccessResult<NewKey>>(AccessFault.Invalid($"tier: one of the ladder, {keys.MaxTier.Name} at most."))
            : CreateAsync(administrator, draft, (null, organisation, draft.Tenant, tier), cancellationToken);
    }

    /// <summary>
    /// A key in the place of an organisation's, by the rules that it would be made by now. A person's is replaced by him alone: whoever
    /// is told its text acts as that person.
    /// </summary>
    public async Task<AccessResult<NewKey>> ReplaceAsync(PersonRef administrator, string id, TimeSpan overlap, CancellationToken cancellationToken) =>
        await keys.FindAsync(id, cancellationToken) is not { } old ? AccessFault.NotFound("key")
        : old.Person is not null ? AccessFault.Forbidden("A person's key is replaced by its owner only; you may end it.")
        : Check(old.Organisation!, old.Tenant) is { } fault ? fault
        : await keys.RotateAsync(administrator, id, old.Owner(), overlap, cancellationToken);

    private AccessFault? Check(OrganisationRef organisation, string? tenant) =>
        issuers.Find(organisation.Issuer) is null ? AccessFault.Invalid("organisation.issuer: one that this gateway takes tokens of.")
        : WrittenText.CheckLine("organisation.name", organisation.Name) is { } name ? name
        : tenant is not null && WrittenText.CheckLine("tenant", tenant) is { } line ? line
        : policy.Current.ModeFor(tenant) == PolicyMode.Enforce ? null
        : AccessFault.Invalid("tenant: one whose policy is enforced; a key of another would let everything through.");

    private async Task<AccessResult<NewKey>> CreateAsync(
        PersonRef by, KeyDraft draft, (PersonRef? Person, OrganisationRef? Organisation, string? Tenant, Tier Tier) owner, CancellationToken cancellationToken)
    {
        if (WrittenText.CheckLine("name", draft.Name) is { } fault)
        {
            return fault;
        }

        if (draft.Days is not { } days || days < 1 || days > options.Value.KeyDays)
        {
            return AccessFault.Invalid($"days: 1 to {options.Value.KeyDays}, how long the key counts.");
        }

        var (now, text) = (time.GetUtcNow(), KeyText.New());
        var key = new ApiKey
        {
            Id = StateId.New("key", now),
            Hash = KeyText.HashOf(text),
            Hint = text[..KeyText.HintLength],
            Name = draft.Name!,
            Person = owner.Person,
            Organisation = owner.Organisation,
            Tenant = owner.Tenant,
            Tier = owner.Tier.Name,
            MultiUser = draft.MultiUser ?? false,
            CreatedAt = now,
            ExpiresAt = now.AddDays(days),
        };
        var narrowed = scopes.Narrow(key, draft, owner.Tier);
        return narrowed.Value is { } made ? await keys.AddAsync(by, new NewKey(text, made), cancellationToken) : narrowed.Fault!;
    }
}
