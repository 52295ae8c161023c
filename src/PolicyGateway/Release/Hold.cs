using System.Buffers;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Release;

/// <summary>
/// Everything that stands between the backend and the client during one request: gate, valve, held response, the keep-alive
/// and the clock that bounds it. Ending it gives the client's response back.
/// </summary>
internal sealed class Hold : IAsyncDisposable
{
    private readonly HeldBytes _bytes;
    private readonly ITimer _limit;
    private readonly KeepAlive? _keepAlive;
    private readonly ClientStream? _client;
    private readonly HoldLimits _limits;
    private readonly TimeProvider _time;
    private volatile bool _isOverdue;
    private bool _ended;

    private Hold(HeldBytes bytes, UpstreamValve valve, ReleaseGate gate, HeldResponse response, ClientStream? client, KeepAlive? keepAlive, HoldLimits limits, TimeProvider time)
    {
        (_bytes, Valve, Gate, Response, _client, _keepAlive, _limits, _time) = (bytes, valve, gate, response, client, keepAlive, limits, time);
        _limit = time.CreateTimer(state => ((Hold)state!).EndOverdue(), this, limits.MaxTime, Timeout.InfiniteTimeSpan);
    }

    public UpstreamValve Valve { get; }

    public ReleaseGate Gate { get; }

    /// <summary>What the backend answered: status and headers, none of which has left.</summary>
    public HeldResponse Response { get; }

    /// <summary>A document that was held, or the copy of what was let through.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.Memory;

    /// <summary>How many bytes are held.</summary>
    public int Length => _bytes.Length;

    /// <summary>How many bytes were let through.</summary>
    public long Passed { get; private set; }

    private Action Restarted { get; init; } = static () => { };

    /// <summary>From the backend's first byte until now.</summary>
    public TimeSpan Elapsed => Gate.FirstByteAt is { } first ? _time.GetElapsedTime(first) : TimeSpan.Zero;

    /// <summary>Holds the whole answer, one document.</summary>
    public static Hold All(HttpContext context, HoldLimits limits, TimeProvider time)
    {
        var (bytes, valve) = (new HeldBytes(limits.MaxBytes), new UpstreamValve());
        var gate = new ReleaseGate(bytes, valve, time);
        return new Hold(bytes, valve, gate, Install(context, gate, valve), null, null, limits, time);
    }

    /// <summary>Lets the answer through as it comes, head first, and keeps a copy to judge alongside.</summary>
    public static Hold Nothing(HttpContext context, string decisionId, HoldLimits limits, TimeProvider time)
    {
        var (bytes, valve) = (new HeldBytes(limits.MaxBytes), new UpstreamValve());
        var client = new PatientWriter(context, limits.MaxWrite, time);
        HeldResponse? head = null;
        Hold? hold = null;
        var gate = new ReleaseGate(bytes, valve, time, PassAsync);
        head = Install(context, gate, valve);
        return hold = new Hold(bytes, valve, gate, head, null, null, limits, time);

        async ValueTask PassAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            head!.CopyHeadOnce(decisionId);
            await client.WriteAsync(buffer, cancellationToken);
            hold!._limit.Change(limits.MaxTime, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Holds a stream, frame by frame, and keeps it alive meanwhile; the watcher says what may leave.</summary>
    /// <param name="context">The request.</param>
    /// <param name="dialect">Whose frames they are.</param>
    /// <param name="framing">How they are cut.</param>
    /// <param name="decisionId">Stands in the head.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="arrivedAsync">Called when bytes have come, one call at a time.</param>
    /// <param name="restarted">Called when what has come is forgotten, since another backend is asked.</param>
    public static Hold Frames(
        HttpContext context, IDialect dialect, Framing framing, string decisionId, HoldLimits limits, TimeProvider time,
        Func<HeldFrames, CancellationToken, ValueTask> arrivedAsync, Action restarted)
    {
        var (bytes, valve) = (new HeldBytes(limits.MaxBytes), new UpstreamValve());
        var client = new ClientStream(context, decisionId, framing.MediaType(), limits.MaxWrite, time);
        var keepAlive = KeepAlive.Start(client, dialect.KeepAlive(framing), limits, time, context.RequestAborted);
        var frames = new HeldFrames(bytes, framing);
        var gate = new ReleaseGate(bytes, valve, time, cancellationToken => arrivedAsync(frames, cancellationToken));
        return new Hold(bytes, valve, gate, Install(context, gate, valve), client, keepAlive, limits, time)
        {
            Restarted = () =>
            {
                frames.Restart();
                restarted();
            },
        };
    }

    /// <summary>Lets the first frames go to the client, and starts the clock anew.</summary>
    public async ValueTask ReleaseAsync(HeldFrames frames, ReadOnlySequence<byte> released, CancellationToken cancellationToken)
    {
        // Counted first: a client that leaves in the middle of the write may have read all of it.
        Passed += released.Length;
        await _client!.ReleaseAsync(Response, released, cancellationToken);
        frames.Drop((int)released.Length);
        _limit.Change(_limits.MaxTime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether another backend may answer: nothing was let through, keep-alives aside, and no bound of ours ended it.</summary>
    public bool CanRestart => Passed == 0 && !Gate.HasPassed && Valve.End is UpstreamEnd.Complete or UpstreamEnd.Broken;

    /// <summary>Forgets, wiped, what came of an answer that failed; keep-alives and the clock go on.</summary>
    public void Restart()
    {
        _bytes.Drop(_bytes.Length);
        Restarted();
        Gate.Restart();
        Response.Clear();
        Valve.Reopen();
        if (_isOverdue)
        {
            // The clock strikes once, and may have done so while the valve was closed.
            EndOverdue();
        }
    }

    /// <summary>Stops keep-alives and gives the client's response back; what was held stays readable.</summary>
    public async ValueTask EndAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        try
        {
            await _limit.DisposeAsync();
            if (_keepAlive is not null)
            {
                await _keepAlive.DisposeAsync();
            }
        }
        finally
        {
            Response.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _bytes.Dispose();
        _client?.Dispose();
        Valve.Dispose();
        await Gate.DisposeAsync();
    }

    private void EndOverdue()
    {
        _isOverdue = true;
        Valve.Close(UpstreamEnd.TooSlow);
    }

    private static HeldResponse Install(HttpContext context, ReleaseGate gate, UpstreamValve valve)
    {
        // The proxy's response transform finds it here and puts it before the backend's body.
        context.Features.Set(valve);
        return new HeldResponse(context, gate);
    }
}
