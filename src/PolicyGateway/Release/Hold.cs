using Microsoft.AspNetCore.Http.Features;
using PolicyGateway.Dialects;

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
    private readonly TimeProvider _time;
    private volatile bool _isOverdue;
    private bool _ended;

    private Hold(HeldBytes bytes, UpstreamValve valve, ReleaseGate gate, HeldResponse response, KeepAlive? keepAlive, HoldLimits limits, TimeProvider time)
    {
        (_bytes, Valve, Gate, Response, _keepAlive, _time) = (bytes, valve, gate, response, keepAlive, time);
        _limit = time.CreateTimer(state => ((Hold)state!).EndOverdue(), this, limits.MaxTime, Timeout.InfiniteTimeSpan);
    }

    public UpstreamValve Valve { get; }

    public ReleaseGate Gate { get; }

    /// <summary>What the backend answered: status and headers, none of which has left.</summary>
    public HeldResponse Response { get; }

    public ReadOnlyMemory<byte> Bytes => _bytes.Memory;

    /// <summary>How many bytes were let through.</summary>
    public int Passed { get; private set; }

    /// <summary>From the backend's first byte until now.</summary>
    public TimeSpan Elapsed => Gate.FirstByteAt is { } first ? _time.GetElapsedTime(first) : TimeSpan.Zero;

    /// <summary>Holds the whole answer; a stream is kept alive meanwhile.</summary>
    public static Hold All(HttpContext context, IDialect dialect, Prompt prompt, string decisionId, HoldLimits limits, TimeProvider time)
    {
        var keepAlive = prompt.IsStream
            ? KeepAlive.Start(context.Response, dialect.KeepAlive, decisionId, limits, time, context.RequestAborted)
            : null;
        var (bytes, valve) = (new HeldBytes(limits.MaxBytes), new UpstreamValve());
        var gate = new ReleaseGate(bytes, valve, time);
        return new Hold(bytes, valve, gate, Install(context, gate, valve), keepAlive, limits, time);
    }

    /// <summary>Lets the answer through as it comes, head first, and keeps a copy to judge alongside.</summary>
    public static Hold Nothing(HttpContext context, string decisionId, HoldLimits limits, TimeProvider time)
    {
        var (bytes, valve) = (new HeldBytes(limits.MaxBytes), new UpstreamValve());
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        HeldResponse? head = null;
        var gate = new ReleaseGate(bytes, valve, time, PassAsync);
        head = Install(context, gate, valve);
        return new Hold(bytes, valve, gate, head, null, limits, time);

        async ValueTask PassAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            head!.CopyHeadOnce(decisionId);
            await client.Writer.WriteAsync(buffer, cancellationToken);
        }
    }

    /// <summary>
    /// Lets a stream through event by event, so that it can still be ended at a border between two of them.
    /// </summary>
    public static Hold Events(HttpContext context, string decisionId, HoldLimits limits, TimeProvider time)
    {
        var (bytes, valve) = (new HeldBytes(limits.MaxBytes), new UpstreamValve());
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        HeldResponse? head = null;
        Hold? hold = null;
        ReleaseGate? gate = null;
        gate = new ReleaseGate(bytes, valve, time, PassAsync);
        head = Install(context, gate, valve);
        return hold = new Hold(bytes, valve, gate, head, null, limits, time);

        async ValueTask PassAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            if (gate!.Unjudged > 0)
            {
                valve.Close(UpstreamEnd.TooLarge);
                return;
            }

            var border = SseBorder.After(bytes.Memory.Span);
            if (border > hold!.Passed && valve.End == UpstreamEnd.Complete)
            {
                head!.CopyHeadOnce(decisionId);
                await client.Writer.WriteAsync(bytes.Memory[hold.Passed..border], cancellationToken);
                hold.Passed = border;
            }
        }
    }

    /// <summary>A copy of what came so far.</summary>
    public byte[] Snapshot() => _bytes.ToArray();

    /// <summary>Whether another backend may answer: nothing was let through, keep-alives aside, and no bound of ours ended it.</summary>
    public bool CanRestart => Passed == 0 && !Gate.HasPassed && Valve.End is UpstreamEnd.Complete or UpstreamEnd.Broken;

    /// <summary>Forgets, wiped, what came of an answer that failed; keep-alives and the clock go on.</summary>
    public void Restart()
    {
        _bytes.Clear();
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
