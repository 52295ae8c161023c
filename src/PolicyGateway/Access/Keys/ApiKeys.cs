using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.State;

namespace PolicyGateway.Access.Keys;

/// <summary>The gateway's own keys: made, rotated, revoked, and read on every request that brings one.</summary>
internal sealed class ApiKeys(
    IStateStore store, Outbox outbox, IAuditLog audit, LiveCallers live, TierLadder ladder, IOptions<AccessOptions> options, TimeProvider time)
{
    public const string OwnerTag = "owner";

    private const string HashTag = "hash";
    private const int MostKnown = 100_000;

    private readonly StateSet<ApiKey> _set = SetOf(store);
    private readonly Lock _gate = new();

    // Both under _gate, so that nothing that was read before a write is remembered after it.
    private readonly Dictionary<string, ApiKey> _known = new(StringComparer.Ordinal);
    private long _writes;

    // By their ids, for whoever read one just before.
    private readonly ConcurrentDictionary<string, byte> _ended = new(StringComparer.Ordinal);

    /// <summary>The keys of a store, for those who look after all of its records.</summary>
    public static StateSet<ApiKey> SetOf(IStateStore store) => new(store, "key", static key => [new StateTag(OwnerTag, key.Owner()), new StateTag(HashTag, key.Hash)]);

    /// <summary>The caller whom a key stands for; null where it is none, has ended or was revoked.</summary>
    public async ValueTask<Caller?> ReadAsync(string token, CancellationToken cancellationToken)
    {
        if (!KeyText.IsSpelled(token) || await FindAsync(KeyText.HashOf(token), cancellationToken) is not { Revoked: null } key || key.ExpiresAt <= time.GetUtcNow() || _ended.ContainsKey(key.Id))
        {
            return null;
        }

        return new Caller(
            key.Person?.Issuer ?? key.Organisation!.Issuer,
            key.Person?.Subject ?? key.Id,
            key.Organisation?.Name,
            key.Tenant,
            Lower(ladder.Parse(key.Tier), MaxTier),
            [],
            IssuedAt: key.CreatedAt)
        {
            KeyId = key.Id,
            IsShared = key.MultiUser,
        };
    }

    /// <summary>Whether the key that a caller came with was revoked, or removed, since this process began.</summary>
    public bool HasEnded(Caller caller) => caller.KeyId is { } id && _ended.ContainsKey(id);

    /// <summary>A key of a person's own: of no higher tier than the person has now, nor than keys may have.</summary>
    public Task<AccessResult<NewKey>> CreateAsync(Caller caller, PersonRef person, KeyDraft draft, CancellationToken cancellationToken) =>
        draft.Organisation is not null || draft.Tier is not null || draft.Tenant is not null || draft.MultiUser is not null
            ? Task.FromResult<AccessResult<NewKey>>(AccessFault.Invalid("A key of your own has a name and days; the rest is yours already."))
            : CreateAsync(person, draft, (person, OrganisationRef.Of(caller), caller.Tenant, Lower(caller.Tier, MaxTier)), cancellationToken);

    /// <summary>A key of an organisation, which an administrator makes.</summary>
    public Task<AccessResult<NewKey>> CreateAsync(PersonRef administrator, KeyDraft draft, CancellationToken cancellationToken)
    {
        if (draft.Organisation is not { Issuer.Length: > 0, Name.Length: > 0 } organisation)
        {
            return Task.FromResult<AccessResult<NewKey>>(AccessFault.Invalid("organisation: issuer and name of the one that the key belongs to."));
        }

        var tier = draft.Tier is null ? MaxTier : ladder.Tiers.FirstOrDefault(tier => tier.Name == draft.Tier);
        return tier.Name is null || tier.Rank > MaxTier.Rank
            ? Task.FromResult<AccessResult<NewKey>>(AccessFault.Invalid($"tier: one of the ladder, {MaxTier.Name} at most."))
            : CreateAsync(administrator, draft, (null, organisation, draft.Tenant, tier), cancellationToken);
    }

    /// <summary>Makes a key that takes another's place; both count for a while, so that clients can be changed one by one.</summary>
    /// <param name="by">Who rotates it.</param>
    /// <param name="id">The key.</param>
    /// <param name="owner">Whose key it must be; null for anybody's.</param>
    /// <param name="overlap">How long the old one counts, 0 to 7 days.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="caller">The owner as his token has him now, where it is he who rotates: the new key is of no more than that.</param>
    public async Task<AccessResult<NewKey>> RotateAsync(PersonRef by, string id, string? owner, TimeSpan overlap, CancellationToken cancellationToken, Caller? caller = null)
    {
        if (overlap < TimeSpan.Zero || overlap > TimeSpan.FromDays(7))
        {
            return AccessFault.Invalid("overlap_hours: 0 to 168.");
        }

        var now = time.GetUtcNow();
        if (await _set.FindAsync(id, cancellationToken) is not { } stored || (owner is not null && stored.Value.Owner() != owner))
        {
            return AccessFault.NotFound("key");
        }

        if (stored.Value is not { Revoked: null, ReplacedBy: null } old || old.ExpiresAt <= now)
        {
            return AccessFault.Conflict("The key has ended or was replaced already.");
        }

        var text = KeyText.New();
        var key = old with
        {
            Id = StateId.New("key", now),
            Hash = KeyText.HashOf(text),
            Hint = text[..KeyText.HintLength],
            CreatedAt = now,
            ExpiresAt = now + Shorter(old.ExpiresAt - old.CreatedAt, TimeSpan.FromDays(options.Value.KeyDays)),
        };
        if (caller is not null)
        {
            key = key with { Organisation = OrganisationRef.Of(caller), Tenant = caller.Tenant, Tier = Lower(ladder.Parse(old.Tier), caller.Tier).Name };
        }

        if (await TooManyAsync(old.Owner(), now, cancellationToken) is { } many)
        {
            return many;
        }

        var ended = old with { ReplacedBy = key.Id, ExpiresAt = old.ExpiresAt < now + overlap ? old.ExpiresAt : now + overlap };
        if (!await audit.MakeAsync(
            RecordOf("key.rotated", by, key, old.Id, null),
            () => TryWriteAsync([_set.Replace(stored, ended), _set.Add(key.Id, key), .. outbox.Of(Happening.Of(Happening.KeyCreated, key, old.Id))], ended, CancellationToken.None), cancellationToken))
        {
            return AccessFault.Raced;
        }

        if (overlap == TimeSpan.Zero)
        {
            End(old.Id);
        }

        return new NewKey(text, key);
    }

    /// <summary>Ends a key, now and in every answer under way: in force before it is durable.</summary>
    public async Task<AccessResult<ApiKey>> RevokeAsync(PersonRef by, string id, string? owner, string? reason, CancellationToken cancellationToken)
    {
        if (WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        ApiKey revoked;
        bool written;
        do
        {
            if (await _set.FindAsync(id, cancellationToken) is not { } stored || (owner is not null && stored.Value.Owner() != owner))
            {
                return AccessFault.NotFound("key");
            }

            End(id);
            revoked = stored.Value with { Revoked = stored.Value.Revoked ?? new Approval(by, time.GetUtcNow(), reason!) };
            IReadOnlyList<StateChange> messages = stored.Value.Revoked is null ? outbox.Of(Happening.Of(Happening.KeyRevoked, revoked)) : [];
            written = await TryWriteAsync([_set.Replace(stored, revoked), .. messages], revoked, cancellationToken);
        }
        while (!written);

        await audit.CommitAsync(RecordOf("key.revoked", by, revoked, null, reason), cancellationToken);
        return revoked;
    }

    /// <summary>Ends a key, now and in every answer under way, and removes its record.</summary>
    /// <returns>False where somebody else changed it at the same moment.</returns>
    public async ValueTask<bool> RemoveAsync(Stored<ApiKey> stored, CancellationToken cancellationToken)
    {
        var removed = await TryWriteAsync([_set.Remove(stored)], stored.Value, cancellationToken);
        if (removed)
        {
            End(stored.Id);
        }

        return removed;
    }

    private void End(string id)
    {
        _ended.TryAdd(id, 0);
        live.Change(caller => caller.KeyId == id ? caller.Revoked(ladder) : caller);
    }

    public async Task<IReadOnlyList<ApiKey>> OfAsync(string owner, string? after, int limit, CancellationToken cancellationToken) =>
        [.. (await _set.ListAsync(new StateTag(OwnerTag, owner), cancellationToken, after, limit, newestFirst: true)).Select(static stored => stored.Value)];

    private Tier MaxTier => options.Value.KeyTier is { } tier ? ladder.Parse(tier) : ladder.Tiers[Math.Min(1, ladder.Tiers.Length - 1)];

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
        if (await TooManyAsync(key.Owner(), now, cancellationToken) is { } many)
        {
            return many;
        }

        return await audit.MakeAsync(
            RecordOf(Happening.KeyCreated, by, key, null, null),
            () => TryWriteAsync([_set.Add(key.Id, key), .. outbox.Of(Happening.Of(Happening.KeyCreated, key))], key, CancellationToken.None), cancellationToken)
            ? new NewKey(text, key)
            : AccessFault.Raced;
    }

    private async ValueTask<ApiKey?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        long before;
        lock (_gate)
        {
            if (_known.TryGetValue(hash, out var known))
            {
                return known;
            }

            before = _writes;
        }

        if (await _set.ListAsync(new StateTag(HashTag, hash), cancellationToken, limit: 1) is not [var stored])
        {
            return null;
        }

        lock (_gate)
        {
            if (before == _writes)
            {
                if (_known.Count >= MostKnown)
                {
                    _known.Clear();
                }

                _known[hash] = stored.Value;
            }
        }

        return stored.Value;
    }

    /// <summary>Writes changes of which one concerns a key.</summary>
    public async ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, ApiKey changed, CancellationToken cancellationToken)
    {
        try
        {
            return await store.TryWriteAsync(changes, cancellationToken);
        }
        finally
        {
            // Whatever came of it: what is remembered may be old.
            lock (_gate)
            {
                _writes++;
                _known.Remove(changed.Hash);
            }
        }
    }

    private async Task<AccessFault?> TooManyAsync(string owner, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await OfAsync(owner, null, 1_000, cancellationToken)).Count(key => key.Revoked is null && key.ExpiresAt > now) >= options.Value.MaxOpenPerPerson
            ? new AccessFault(StatusCodes.Status429TooManyRequests, "too_many_requests", "There are as many keys as there may be; revoke one.")
            : null;

    private static TimeSpan Shorter(TimeSpan first, TimeSpan second) => first < second ? first : second;

    private static Tier Lower(Tier first, Tier second) => first.Rank < second.Rank ? first : second;

    private static ChangeRecord RecordOf(string happened, PersonRef by, ApiKey key, string? replaces, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = key.Id,
        Details = replaces is null ? [new("tier", key.Tier)] : [new("tier", key.Tier), new("replaces", replaces)],
        Reason = reason,
    };
}
