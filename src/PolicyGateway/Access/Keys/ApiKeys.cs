using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;
using PolicyGateway.Outgoing;
using PolicyGateway.State;

namespace PolicyGateway.Access.Keys;

/// <summary>The gateway's own keys: made, rotated, revoked, and read on every request that brings one.</summary>
internal sealed class ApiKeys(
    IStateStore store, Turns turns, Outbox outbox, IAuditLog audit, LiveCallers live, TierLadder ladder, IOptions<AccessOptions> options, TimeProvider time)
{
    private readonly KeyRecords _records = new(store);

    // By their ids, for whoever read one just before.
    private readonly ConcurrentDictionary<string, byte> _ended = new(StringComparer.Ordinal);

    /// <summary>The caller whom a key stands for; null where it is none, has ended or was revoked.</summary>
    public async ValueTask<Caller?> ReadAsync(string token, CancellationToken cancellationToken)
    {
        if (!KeyText.IsSpelled(token) || await _records.FindAsync(KeyText.HashOf(token), cancellationToken) is not { Revoked: null } key || key.ExpiresAt <= time.GetUtcNow() || _ended.ContainsKey(key.Id))
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
            Scopes = key.Scope,
            Models = key.Models,
            Narrowing = key.Categories is { } left ? new Narrowing(left, null) : null,
        };
    }

    /// <summary>Whether the key that a caller came with was revoked, or removed, since this process began.</summary>
    public bool HasEnded(Caller caller) => caller.KeyId is { } id && _ended.ContainsKey(id);

    /// <summary>Keeps a key that was just made, unless its owner has as many as there may be.</summary>
    public Task<AccessResult<NewKey>> AddAsync(PersonRef by, NewKey made, CancellationToken cancellationToken) => turns.TakeAsync<NewKey>(async () =>
    {
        var key = made.Record;
        if (await TooManyAsync(key.Owner(), key.CreatedAt, cancellationToken) is { } many)
        {
            return many;
        }

        return await audit.MakeAsync(
            RecordOf(ChangeEvents.KeyCreated, by, key, null, null),
            () => _records.TryWriteAsync([_records.Set.Add(key.Id, key), .. outbox.Of(Happening.Of(Happening.KeyCreated, key))], key, CancellationToken.None), cancellationToken)
            ? made
            : AccessFault.Raced;
    }, cancellationToken);

    /// <summary>One of them; null where there is none of that id.</summary>
    public async Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) => (await _records.Set.FindAsync(id, cancellationToken))?.Value;

    /// <summary>Makes a key that takes another's place; both count for a while, so that clients can be changed one by one.</summary>
    /// <param name="by">Who rotates it.</param>
    /// <param name="id">The key.</param>
    /// <param name="owner">Whose key it must be: the text of the new one is told to whoever asks.</param>
    /// <param name="overlap">How long the old one counts, 0 to 7 days.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="caller">The owner as his token has him now, where it is he who rotates: the new key is of no more than that.</param>
    public Task<AccessResult<NewKey>> RotateAsync(PersonRef by, string id, string owner, TimeSpan overlap, CancellationToken cancellationToken, Caller? caller = null) =>
        turns.TakeAsync(() => ReplaceAsync(by, id, owner, overlap, caller, cancellationToken), cancellationToken);

    private async Task<AccessResult<NewKey>> ReplaceAsync(PersonRef by, string id, string owner, TimeSpan overlap, Caller? caller, CancellationToken cancellationToken)
    {
        if (overlap < TimeSpan.Zero || overlap > TimeSpan.FromDays(7))
        {
            return AccessFault.Invalid("overlap_hours: 0 to 168.");
        }

        var now = time.GetUtcNow();
        if (await _records.Set.FindAsync(id, cancellationToken) is not { } stored || stored.Value.Owner() != owner)
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
            RecordOf(ChangeEvents.KeyRotated, by, key, old.Id, null),
            () => _records.TryWriteAsync([_records.Set.Replace(stored, ended), _records.Set.Add(key.Id, key), .. outbox.Of(Happening.Of(Happening.KeyCreated, key, old.Id))], ended, CancellationToken.None), cancellationToken))
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

        if (await _records.Set.FindAsync(id, cancellationToken) is not { } found || (owner is not null && found.Value.Owner() != owner))
        {
            return AccessFault.NotFound("key");
        }

        // From here on whoever asked may leave: what is in force is kept, and recorded.
        End(id);
        if (await audit.KeepAsync(RecordOf(ChangeEvents.KeyRevoked, by, found.Value, null, reason), () => KeepRevokedAsync(found, new Approval(by, time.GetUtcNow(), reason!))) is not { } revoked)
        {
            return AccessFault.NotFound("key");
        }

        await audit.CommitAsync(RecordOf(ChangeEvents.KeyRevoked, by, revoked, null, reason), CancellationToken.None);
        return revoked;
    }

    /// <summary>Null where it was removed meanwhile.</summary>
    private async Task<ApiKey?> KeepRevokedAsync(Stored<ApiKey> found, Approval word)
    {
        for (Stored<ApiKey>? stored = found; stored is not null; stored = await _records.Set.FindAsync(found.Id, CancellationToken.None))
        {
            var revoked = stored.Value with { Revoked = stored.Value.Revoked ?? word };
            IReadOnlyList<StateChange> messages = stored.Value.Revoked is null ? outbox.Of(Happening.Of(Happening.KeyRevoked, revoked)) : [];
            if (await _records.TryWriteAsync([_records.Set.Replace(stored, revoked), .. messages], revoked, CancellationToken.None))
            {
                return revoked;
            }
        }

        return null;
    }

    /// <summary>Ends a key, now and in every answer under way, and removes its record.</summary>
    /// <returns>False where somebody else changed it at the same moment.</returns>
    public async ValueTask<bool> RemoveAsync(Stored<ApiKey> stored, CancellationToken cancellationToken)
    {
        var removed = await _records.TryWriteAsync([_records.Set.Remove(stored)], stored.Value, cancellationToken);
        if (removed)
        {
            End(stored.Id);
        }

        return removed;
    }

    /// <inheritdoc cref="KeyRecords.TryWriteAsync"/>
    public ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, ApiKey changed, CancellationToken cancellationToken) =>
        _records.TryWriteAsync(changes, changed, cancellationToken);

    private void End(string id)
    {
        _ended.TryAdd(id, 0);
        live.Change(caller => caller.KeyId == id ? caller.Revoked(ladder) : caller);
    }

    public async Task<IReadOnlyList<ApiKey>> OfAsync(string owner, string? after, int limit, CancellationToken cancellationToken) =>
        [.. (await _records.Set.ListAsync(new StateTag(KeyRecords.OwnerTag, owner), cancellationToken, after, limit, newestFirst: true)).Select(static stored => stored.Value)];

    /// <summary>The highest tier of a key.</summary>
    public Tier MaxTier => options.Value.KeyTier is { } tier ? ladder.Parse(tier) : ladder.Tiers[Math.Min(1, ladder.Tiers.Length - 1)];

    private async Task<AccessFault?> TooManyAsync(string owner, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await OfAsync(owner, null, 1_000, cancellationToken)).Count(key => key.Revoked is null && key.ExpiresAt > now) >= options.Value.MaxOpenPerPerson
            ? new AccessFault(StatusCodes.Status429TooManyRequests, "too_many_requests", "There are as many keys as there may be; revoke one.")
            : null;

    private static TimeSpan Shorter(TimeSpan first, TimeSpan second) => first < second ? first : second;

    public static Tier Lower(Tier first, Tier second) => first.Rank < second.Rank ? first : second;

    private static ChangeRecord RecordOf(string happened, PersonRef by, ApiKey key, string? replaces, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = key.Id,
        Details = [.. DetailsOf(key, replaces)],
        Categories = key.Categories ?? [],
        Reason = reason,
    };

    private static IEnumerable<KeyValuePair<string, string>> DetailsOf(ApiKey key, string? replaces)
    {
        yield return new("tier", key.Tier);
        if (replaces is not null)
        {
            yield return new("replaces", replaces);
        }

        if (key.Scope is { } scope)
        {
            yield return new("scope", ApiScopes.Text(scope));
        }

        if (key.Categories is { IsEmpty: true })
        {
            yield return new("categories", "none");
        }

        for (var i = 0; i < key.Models?.Length; i++)
        {
            yield return new($"model_{i}", key.Models.Value[i]);
        }
    }
}
