using System.Collections.Concurrent;
using System.Collections.Immutable;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>
/// All grants: kept in the store, and those of recent callers in memory, since every request asks. A grant that is revoked here
/// is gone from every answer under way when the call returns.
/// </summary>
internal sealed partial class GrantBook(IStateStore store, LiveCallers live, JoinedIdentities joined, TimeProvider time, ILogger<GrantBook> logger)
{
    public const string HolderTag = "holder";

    /// <summary>Its holder, until it is revoked: what a request looks for, which has no time to read what is long over.</summary>
    private const string HeldTag = "held";

    /// <summary>The organisation's grant that it was passed on from.</summary>
    private const string WithinTag = "within";

    private const int MostHolders = 100_000;

    private readonly Lock _gate = new();

    // Both under _gate, so that nothing that was read before a write is remembered after it.
    private readonly Dictionary<string, ImmutableArray<Grant>> _known = new(StringComparer.Ordinal);
    private long _writes;

    // By their ids: over for this process, whether or not that could be kept.
    private readonly ConcurrentDictionary<string, byte> _ended = new(StringComparer.Ordinal);

    private long Writes
    {
        get
        {
            lock (_gate)
            {
                return _writes;
            }
        }
    }

    /// <summary>What is used of those that have a quota.</summary>
    public GrantQuotas Quotas { get; } = new(store, time);

    /// <summary>How records of grants are read and written, for those who write others with them.</summary>
    public StateSet<Grant> Set { get; } = SetOf(store);

    /// <summary>The grants of a store, for those who look after all of its records.</summary>
    public static StateSet<Grant> SetOf(IStateStore store) => new(store, "grant", TagsOf);

    private static IEnumerable<StateTag> TagsOf(Grant grant)
    {
        yield return new StateTag(HolderTag, grant.Holder());
        if (grant.Revoked is null)
        {
            yield return new StateTag(HeldTag, grant.Holder());
        }

        if (grant.Within is { } within)
        {
            yield return new StateTag(WithinTag, within);
        }

        if (grant is { IsEmergency: true, Reviewed: null })
        {
            yield return BreakGlass.ToReview;
        }
    }

    /// <summary>
    /// Gives an answer under way the grants of its caller that count for a model. Where they cannot be read he has none: what is open
    /// to everybody stays open.
    /// </summary>
    /// <returns>The caller with them.</returns>
    public async ValueTask<Caller> AttachAsync(LiveCaller caller, string model, CancellationToken cancellationToken)
    {
        try
        {
            return caller.Current is { IsAnonymous: true } or { IsDelegated: true } or { IsRevoked: true } ? caller.Current : await ReadAndAttachAsync(caller, model, cancellationToken);
        }
        catch (StateUnavailableException fault)
        {
            Log.Unreadable(logger, fault);
            while (caller.Current is { AreGrantsUnread: false, IsRevoked: false } current && !caller.TryChange(current, current with { Grants = [], AreGrantsUnread = true }))
            {
            }

            return caller.Current;
        }
    }

    private async ValueTask<Caller> ReadAndAttachAsync(LiveCaller caller, string model, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = Writes;
            var current = caller.Current;
            if (current.IsRevoked)
            {
                return current;
            }

            var grants = await ForAsync(current, model, cancellationToken);
            if (grants.IsEmpty && current is { Grants.IsEmpty: true, AreGrantsUnread: false })
            {
                return current;
            }

            var attached = current with { Grants = grants, AreGrantsUnread = false };

            // A grant that was revoked after it was read would come back by being attached.
            if (caller.TryChange(current, attached) && before == Writes)
            {
                return attached;
            }
        }
    }

    /// <summary>The grants of a person, whatever has become of them, newest first.</summary>
    public async Task<IReadOnlyList<Grant>> OfAsync(string holder, string? after, int limit, CancellationToken cancellationToken) =>
        [.. (await Set.ListAsync(new StateTag(HolderTag, holder), cancellationToken, after, limit, newestFirst: true)).Select(static stored => stored.Value)];

    /// <summary>What was passed on from a grant, whatever has become of it, newest first.</summary>
    public async Task<IReadOnlyList<Grant>> WithinAsync(string id, string? after, int limit, CancellationToken cancellationToken) =>
        [.. (await Set.ListAsync(new StateTag(WithinTag, id), cancellationToken, after, limit, newestFirst: true)).Select(static stored => stored.Value)];

    /// <summary>Writes changes of which some concern grants, all or none.</summary>
    /// <param name="holder">Whose grants they concern.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False where somebody was faster.</returns>
    public async ValueTask<bool> TryWriteAsync(string holder, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
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
                _known.Remove(holder);
            }
        }
    }

    /// <summary>Ends a grant, now and in every answer under way: in force before it is durable, so that a disk that is slow or gone keeps nothing open.</summary>
    /// <param name="id">Which.</param>
    /// <param name="word">Who ends it, and why.</param>
    /// <param name="beside">What is written with it.</param>
    /// <returns>The grant; null where there is none of that id.</returns>
    public async Task<Grant?> RevokeAsync(string id, Approval word, Func<Grant, IReadOnlyList<StateChange>>? beside = null)
    {
        // From here on whoever asked may leave: what is in force is kept.
        End(id);
        while (await Set.FindAsync(id, CancellationToken.None) is { } stored)
        {
            if (stored.Value.Revoked is not null)
            {
                return stored.Value;
            }

            var revoked = stored.Value with { Revoked = word };
            if (await TryWriteAsync(revoked.Holder(), [Set.Replace(stored, revoked), .. beside?.Invoke(revoked) ?? []], CancellationToken.None))
            {
                return revoked;
            }
        }

        _ended.TryRemove(id, out _);
        return null;
    }

    private void End(string id)
    {
        _ended.TryAdd(id, 0);

        // Whoever reads grants at this moment reads them again.
        lock (_gate)
        {
            _writes++;
        }

        live.Change(caller => caller.Grants.Any(grant => grant.Id == id || grant.Within == id)
            ? caller with { Grants = caller.Grants.RemoveAll(grant => grant.Id == id || grant.Within == id) }
            : caller);
    }

    /// <summary>What counts for a caller now: his own grants, and those of his organisation.</summary>
    public async ValueTask<ImmutableArray<CallerGrant>> ForAsync(Caller caller, string? model, CancellationToken cancellationToken)
    {
        var (own, held) = await KnownAsync(caller, cancellationToken);
        if (held.IsEmpty && own.IsEmpty)
        {
            return [];
        }

        var (now, project) = (time.GetUtcNow(), caller.Narrowing?.Project);
        var counting = ImmutableArray.CreateBuilder<CallerGrant>();
        foreach (var grant in Counting(own, held, grant => grant.ExpiresAt > now && (model is null || grant.Covers(model)) && grant.CountsFor(project)))
        {
            try
            {
                counting.Add(await Quotas.AttachAsync(grant, grant.Within is null ? null : held.FirstOrDefault(part => part.Id == grant.Within), cancellationToken));
            }
            catch (StateUnavailableException fault) when (model is not null)
            {
                // A request does without it, and is told why; whoever looks at what he has is told that it cannot be read.
                Log.Unreadable(logger, fault);
                counting.Add(grant.ForCaller() with { IsUncounted = true });
            }
        }

        return model is null ? counting.ToImmutable() : [.. counting, .. OfOtherProjects(own, held, model, now, counting)];
    }

    /// <summary>What is in force for a caller, also what counts for the tokens of a project only, which his is none of.</summary>
    public async ValueTask<ImmutableArray<Grant>> InForceAsync(Caller caller, CancellationToken cancellationToken)
    {
        var (own, held) = await KnownAsync(caller, cancellationToken);
        var now = time.GetUtcNow();
        return [.. Counting(own, held, grant => grant.ExpiresAt > now)];
    }

    /// <summary>What was passed on counts while what it was passed on from does, for whoever is of that organisation still.</summary>
    private IEnumerable<Grant> Counting(ImmutableArray<Grant> own, ImmutableArray<Grant> held, Func<Grant, bool> isWanted)
    {
        bool Counts(Grant grant) => !_ended.ContainsKey(grant.Id) && isWanted(grant);
        return own.Where(grant => Counts(grant) && (grant.Within is null || held.Any(part => part.Id == grant.Within && part.IsAssignable && Counts(part))))
            .Concat(held.Where(grant => Counts(grant) && !grant.IsAssignable));
    }

    private async ValueTask<(ImmutableArray<Grant> Own, ImmutableArray<Grant> Held)> KnownAsync(Caller caller, CancellationToken cancellationToken)
    {
        var held = OrganisationRef.Of(caller) is { } organisation ? await KnownAsync(organisation.Key(), cancellationToken) : [];
        return (PersonRef.Of(caller) is { } person ? await OwnAsync(joined.Of(person), cancellationToken) : [], held);
    }

    private async ValueTask<ImmutableArray<Grant>> OwnAsync(ImmutableArray<PersonRef> person, CancellationToken cancellationToken)
    {
        var own = await KnownAsync(person[0].Key(), cancellationToken);
        foreach (var other in person.Skip(1))
        {
            own = own.AddRange(await KnownAsync(other.Key(), cancellationToken));
        }

        return own;
    }

    private async ValueTask<ImmutableArray<Grant>> KnownAsync(string holder, CancellationToken cancellationToken)
    {
        long before;
        lock (_gate)
        {
            if (_known.TryGetValue(holder, out var known))
            {
                return known;
            }

            before = _writes;
        }

        var now = time.GetUtcNow();
        var read = ImmutableArray.CreateBuilder<Grant>();
        await foreach (var stored in Set.AllAsync(new StateTag(HeldTag, holder), cancellationToken))
        {
            if (stored.Value.ExpiresAt > now)
            {
                read.Add(stored.Value with { KnownHolder = holder });
            }
        }

        var grants = read.ToImmutable();
        lock (_gate)
        {
            if (before == _writes)
            {
                if (_known.Count >= MostHolders)
                {
                    _known.Clear();
                }

                _known[holder] = grants;
            }
        }

        return grants;
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "GrantsUnreadable", Level = LogLevel.Error, Message = "Grants could not be read: whoever needs one is refused")]
        public static partial void Unreadable(ILogger logger, Exception fault);
    }
}
