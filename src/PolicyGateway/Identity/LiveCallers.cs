using System.Collections.Concurrent;

namespace PolicyGateway.Identity;

/// <summary>
/// Callers whose answers are under way. Who is demoted here loses, within one frame, whatever needed more than the lowest
/// tier: the gate asks its caller before each release.
/// </summary>
internal sealed class LiveCallers(TierLadder ladder)
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

    /// <summary>Takes tier and credentials from every answer of a person that is under way.</summary>
    /// <param name="issuer">The issuer of the person's tokens.</param>
    /// <param name="subject">The person.</param>
    /// <returns>How many answers it reached.</returns>
    public int Demote(string issuer, string subject)
    {
        var reached = 0;
        foreach (var (live, _) in _live)
        {
            if (string.Equals(live.Current.Issuer, issuer, StringComparison.Ordinal) && string.Equals(live.Current.Subject, subject, StringComparison.Ordinal))
            {
                live.Current = live.Current with { Tier = ladder.Lowest, Credentials = [], Acr = null, AuthTime = null };
                reached++;
            }
        }

        return reached;
    }

    internal void Close(LiveCaller live) => _live.TryRemove(live, out _);
}

/// <summary>A caller while an answer streams: what it holds now, which may be less than what it came with.</summary>
internal sealed class LiveCaller(LiveCallers all, Caller caller) : IDisposable
{
    private Caller _current = caller;

    public Caller Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }

    public void Dispose() => all.Close(this);
}
