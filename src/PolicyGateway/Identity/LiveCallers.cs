using System.Collections.Concurrent;

namespace PolicyGateway.Identity;

/// <summary>
/// Callers whose answers are under way. Who loses something here loses, within one frame, whatever needed it: the gate asks its
/// caller before each release.
/// </summary>
internal sealed class LiveCallers
{
    private readonly ConcurrentDictionary<LiveCaller, byte> _live = new();

    /// <summary>How many answers are under way.</summary>
    public int Count => _live.Count;

    /// <summary>Begins an answer; dispose of it at its end.</summary>
    public LiveCaller Open(Caller caller)
    {
        var live = new LiveCaller(this, caller);
        _live.TryAdd(live, 0);
        return live;
    }

    /// <summary>Asks of every answer under way what its caller has left.</summary>
    /// <param name="change">Returns the caller as he stands now: the very one that it was given where nothing changed.</param>
    /// <returns>How many answers it reached.</returns>
    public int Change(Func<Caller, Caller> change)
    {
        var reached = 0;
        foreach (var (live, _) in _live)
        {
            reached += live.Change(change) ? 1 : 0;
        }

        return reached;
    }

    internal void Close(LiveCaller live) => _live.TryRemove(live, out _);
}

/// <summary>A caller while an answer streams: what it holds now, which may be less than what it came with.</summary>
internal sealed class LiveCaller(LiveCallers all, Caller caller) : IDisposable
{
    private Caller _current = caller;

    public Caller Current => Volatile.Read(ref _current);

    public bool TryChange(Caller before, Caller after) => ReferenceEquals(Interlocked.CompareExchange(ref _current, after, before), before);

    /// <summary>Changes what is left of him. Two changes at once do not undo each other: the loser asks again.</summary>
    /// <param name="change">Returns the caller as he stands now: the very one that it was given where nothing changed.</param>
    /// <returns>Whether anything changed.</returns>
    public bool Change(Func<Caller, Caller> change)
    {
        while (true)
        {
            var before = Current;
            var after = change(before);
            if (ReferenceEquals(before, after) || TryChange(before, after))
            {
                return !ReferenceEquals(before, after);
            }
        }
    }

    public void Dispose() => all.Close(this);
}
