using System.Buffers;
using System.Globalization;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>Where the backend plays its scripts, and where those wait that are to be held until the driver lets them go on.</summary>
internal sealed class StreamStage : IDisposable
{
    /// <summary>Answers how many streams wait.</summary>
    public const string WaitingPath = "/load/waiting";

    /// <summary>Lets <c>?count=</c> streams go on, those first that waited first.</summary>
    public const string GoOnPath = "/load/go-on";

    private readonly SemaphoreSlim _go = new(0);
    private int _waiting;

    public async Task PlayAsync(HttpResponse response, StreamScript script, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        response.ContentType = "text/event-stream";
        for (var i = 0; i < script.Count; i++)
        {
            // By a schedule, so that a late frame does not make all that follow late.
            if (script.Pace > TimeSpan.Zero && script.Prefill + (script.Pace * i) - TimeProvider.System.GetElapsedTime(start) is { Ticks: > 0 } wait)
            {
                await Task.Delay(wait, cancellationToken);
            }

            var frame = script.FrameAt(i).Span;
            response.BodyWriter.Write(i == 0 && script.Prefill > TimeSpan.Zero ? OwnTime.Write(frame, TimeProvider.System.GetElapsedTime(start)) : frame);
            if ((i + 1) % script.PerSend == 0)
            {
                await response.BodyWriter.FlushAsync(cancellationToken);
            }
        }

        if (script.Waits)
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                await _go.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        await response.BodyWriter.WriteAsync(script.End, cancellationToken);
    }

    /// <summary>Answers the driver's own requests; false for all others.</summary>
    public async Task<bool> TryDirectAsync(HttpContext context)
    {
        if (context.Request.Path == WaitingPath)
        {
            await context.Response.WriteAsync(Volatile.Read(ref _waiting).ToString(CultureInfo.InvariantCulture), context.RequestAborted);
            return true;
        }

        if (context.Request.Path != GoOnPath)
        {
            return false;
        }

        _go.Release(int.Parse(context.Request.Query["count"]!, CultureInfo.InvariantCulture));
        return true;
    }

    public void Dispose() => _go.Dispose();
}
