using PolicyGateway.State;

namespace PolicyGateway.Access.Keys;

/// <summary>The records of keys, those that requests brought remembered.</summary>
internal sealed class KeyRecords(IStateStore store)
{
    public const string OwnerTag = "owner";

    private const string HashTag = "hash";
    private const int MostKnown = 100_000;

    private readonly Lock _gate = new();

    // Both under _gate, so that nothing that was read before a write is remembered after it.
    private readonly Dictionary<string, ApiKey> _known = new(StringComparer.Ordinal);
    private long _writes;

    public StateSet<ApiKey> Set { get; } = SetOf(store);

    /// <summary>The keys of a store, for those who look after all of its records.</summary>
    public static StateSet<ApiKey> SetOf(IStateStore store) => new(store, "key", static key => [new StateTag(OwnerTag, key.Owner()), new StateTag(HashTag, key.Hash)]);

    /// <summary>The record of a key by its hash, remembered; null where there is none.</summary>
    public async ValueTask<ApiKey?> FindAsync(string hash, CancellationToken cancellationToken)
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

        if (await Set.ListAsync(new StateTag(HashTag, hash), cancellationToken, limit: 1) is not [var stored])
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
}
