namespace PolicyGateway.State;

/// <summary>A store that tells what was written once it is durable, so that nobody has to look again and again.</summary>
internal sealed class WatchedStateStore(SqliteStateStore store) : IStateStore, IDisposable
{
    /// <summary>Changes that were written, as the call that wrote them ends. Whoever listens is quick and does not throw.</summary>
    public event Action<IReadOnlyList<StateChange>>? Written;

    /// <inheritdoc/>
    public DateTimeOffset MarksSince => store.MarksSince;

    /// <inheritdoc/>
    public ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken) => store.FindAsync(kind, id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
    {
        var written = await store.TryWriteAsync(changes, cancellationToken);
        if (written)
        {
            Written?.Invoke(changes);
        }

        return written;
    }

    /// <inheritdoc/>
    public ValueTask<bool> ScrubAsync(CancellationToken cancellationToken) => store.ScrubAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> TryMarkAsync(string scope, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
        store.TryMarkAsync(scope, id, until, cancellationToken);

    public void Dispose() => store.Dispose();
}
