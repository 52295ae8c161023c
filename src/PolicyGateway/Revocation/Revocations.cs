using System.Collections.Concurrent;
using System.Collections.Immutable;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;
using PolicyGateway.State;

namespace PolicyGateway.Revocation;

/// <summary>
/// What was revoked: kept in the store, and in memory for every request to ask, cached token or not. A revocation reaches the
/// answers that are under way before the call that made it returns.
/// </summary>
internal sealed partial class Revocations(IStateStore store, LiveCallers live, JoinedIdentities joined, TierLadder ladder, PrivacyKey privacy, TimeProvider time)
{
    private readonly StateSet<RevocationEntry> _set = SetOf(store);

    // Several may stand against one target: one of all tokens, others of those before a moment.
    private readonly ConcurrentDictionary<Key, ImmutableArray<RevocationEntry>> _entries = new();

    private readonly record struct Key(RevocationTarget Target, string Issuer, string? Subject, string? Name);

    /// <summary>Reads what is kept. Nobody is admitted before.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await foreach (var stored in _set.AllAsync(null, cancellationToken))
        {
            CheckKey(stored.Value);
            if (stored.Value.ForgetAt <= time.GetUtcNow())
            {
                await store.TryWriteAsync([_set.Remove(stored)], cancellationToken);
            }
            else
            {
                Remember(stored.Value);
            }
        }
    }

    /// <summary>What is left of a caller: null where the token was revoked, else without the credentials that were.</summary>
    public Caller? Admit(Caller caller)
    {
        if (caller.Issuer is not { } issuer || _entries.IsEmpty)
        {
            return caller;
        }

        if (Concerns(new Key(RevocationTarget.Issuer, issuer, null, null), caller)
            || ConcernsPerson(RevocationTarget.Person, issuer, caller.Subject, null, caller)
            || caller.Actors.Any(actor => ConcernsPerson(RevocationTarget.Person, issuer, actor, null, caller))
            || (caller.Organisation is { } organisation && Concerns(new Key(RevocationTarget.Organisation, issuer, null, organisation), caller)))
        {
            return null;
        }

        return caller.Credentials.Any(credential => IsRevoked(credential, caller))
            ? caller with { Credentials = [.. caller.Credentials.Where(credential => !IsRevoked(credential, caller))] }
            : caller;
    }

    /// <summary>Begins an answer of an admitted caller.</summary>
    /// <returns>Null where something was revoked since he was admitted, which his answer would not have heard of.</returns>
    public LiveCaller? Open(Caller admitted)
    {
        var opened = live.Open(admitted);
        if (ReferenceEquals(Admit(admitted), admitted))
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <summary>Revokes: durable, and in force for every answer under way, when it returns.</summary>
    /// <param name="entry">What.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="beside">What is written with it.</param>
    /// <returns>How many answers under way it reached.</returns>
    public async Task<int> RevokeAsync(RevocationEntry entry, CancellationToken cancellationToken, IReadOnlyList<StateChange>? beside = null)
    {
        // In force before it is durable: strict while the disk is slow, and the call fails where it cannot be kept.
        Remember(entry);
        var reached = live.Change(caller => Admit(caller) ?? caller.Revoked(ladder));
        await WriteAsync([_set.Add(entry.Id, entry), .. beside ?? []], cancellationToken);
        return reached;
    }

    /// <summary>One of them; null where there is none of that id.</summary>
    public async Task<RevocationEntry?> FindAsync(string id, CancellationToken cancellationToken) => (await _set.FindAsync(id, cancellationToken))?.Value;

    /// <summary>Lets count again what was revoked; tokens of today count from the next request on.</summary>
    /// <param name="id">Which.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="beside">What is written with it.</param>
    /// <returns>The revocation; null where there is none of that id.</returns>
    public async Task<RevocationEntry?> LiftAsync(string id, CancellationToken cancellationToken, IReadOnlyList<StateChange>? beside = null)
    {
        if (await _set.FindAsync(id, cancellationToken) is not { } stored)
        {
            return null;
        }

        await WriteAsync([_set.Remove(stored), .. beside ?? []], cancellationToken);
        Forget(stored.Value);
        return stored.Value;
    }

    /// <summary>What stands against a person.</summary>
    public ImmutableArray<RevocationEntry> Against(string issuer, string subject) =>
        _entries.GetValueOrDefault(new Key(RevocationTarget.Person, issuer, subject, null), [])
            .AddRange(_entries.GetValueOrDefault(new Key(RevocationTarget.Person, issuer, privacy.DigestOf(issuer, subject), null), []));

    /// <summary>Whether one names a person, by his subject or by the digest of one who was erased.</summary>
    public bool IsAgainst(RevocationEntry entry, PersonRef person) =>
        entry.Issuer == person.Issuer && (entry.Subject == person.Subject || (entry.SubjectDigest is { } digest && digest == privacy.DigestOf(person.Issuer, person.Subject)));

    /// <summary>Whether anything stands against a person by name: him, or one of his credentials.</summary>
    public bool StandsAgainst(PersonRef person) => AllAgainst(person).Any();

    /// <summary>All that stands against a person by name: him, or his credentials.</summary>
    public IEnumerable<RevocationEntry> AllAgainst(PersonRef person) => _entries.Values.SelectMany(static entries => entries).Where(entry => IsAgainst(entry, person));

    /// <summary>Lifts one that stands, also where it could not be kept.</summary>
    public async Task LiftAsync(RevocationEntry entry, CancellationToken cancellationToken, IReadOnlyList<StateChange>? beside = null)
    {
        if (await LiftAsync(entry.Id, cancellationToken, beside) is null)
        {
            Forget(entry);
        }
    }

    /// <summary>Lifts those that can concern nothing any more.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var entry in _entries.Values.SelectMany(static entries => entries).Where(entry => entry.ForgetAt <= now))
        {
            await LiftAsync(entry, cancellationToken);
        }
    }

    /// <summary>Lists them, newest first.</summary>
    public async Task<IReadOnlyList<RevocationEntry>> ListAsync(string? after, int limit, CancellationToken cancellationToken) =>
        [.. (await _set.ListAsync(null, cancellationToken, after, limit, newestFirst: true)).Select(static stored => stored.Value)];

    private async Task WriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
    {
        if (!await store.TryWriteAsync(changes, cancellationToken))
        {
            throw new StateUnavailableException("The revocation was changed by somebody else at the same time; try again.");
        }
    }

    private bool IsRevoked(Credential credential, Caller caller) =>
        IsRevoked(credential.Issuer, credential.Name, caller)
        // Of a visa in the token: by its own issuer, or by the token's, as whose person the operator knows him.
        || (credential.Issuer != caller.Issuer
            && (IsRevoked(caller.Issuer!, credential.Name, caller) || Concerns(new Key(RevocationTarget.Issuer, credential.Issuer, null, null), caller)));

    private bool IsRevoked(string issuer, string name, Caller caller) =>
        Concerns(new Key(RevocationTarget.Credential, issuer, null, name), caller)
        || ConcernsPerson(RevocationTarget.Credential, issuer, caller.Subject, name, caller);

    /// <summary>A token that does not say when it was issued may have been issued before any moment.</summary>
    private bool Concerns(in Key key, Caller caller)
    {
        if (!_entries.TryGetValue(key, out var entries))
        {
            return false;
        }

        foreach (var entry in entries)
        {
            if (entry.IssuedBefore is not { } moment || !(caller.IssuedAt >= moment))
            {
                return true;
            }
        }

        return false;
    }

    private void Forget(RevocationEntry forgotten)
    {
        var key = KeyOf(forgotten);
        _entries.AddOrUpdate(key, static _ => [], (_, all) => all.RemoveAll(entry => entry.Id == forgotten.Id));
        _entries.TryRemove(KeyValuePair.Create(key, ImmutableArray<RevocationEntry>.Empty));
    }

    private void Remember(RevocationEntry entry)
    {
        // First, so that whoever sees the entry asks for it.
        _hasErased |= entry.SubjectDigest is not null;
        _entries.AddOrUpdate(KeyOf(entry), static (_, added) => [added], static (_, all, added) => all.Add(added), entry);
    }

    private static Key KeyOf(RevocationEntry entry) => new(entry.Target, entry.Issuer, entry.Subject ?? entry.SubjectDigest, entry.Name);
}
