using Microsoft.AspNetCore.Http.Features;

namespace PolicyGateway.Release;

/// <summary>
/// Keeps a held stream's connection open: silent at first, so that a short hold can still end in an honest status; then it
/// commits the 200 and writes comments. Nothing else writes to the client while it runs.
/// </summary>
internal sealed class KeepAlive : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _running;

    private KeepAlive(CancellationTokenSource stop, Task running) => (_stop, _running) = (stop, running);

    /// <summary>Starts the clock.</summary>
    public static KeepAlive Start(
        HttpResponse client, ReadOnlyMemory<byte> comment, string decisionId, HoldLimits limits, TimeProvider time, CancellationToken aborted)
    {
        // The features are the client's now, before the held response takes their place.
        var start = client.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>();
        var body = client.HttpContext.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        return new KeepAlive(stop, RunAsync());

        async Task RunAsync()
        {
            try
            {
                await Task.Delay(limits.Silent, time, stop.Token);
                start.StatusCode = StatusCodes.Status200OK;
                start.Headers.ContentType = "text/event-stream; charset=utf-8";
                ResponseHead.Stamp(start, decisionId);
                while (true)
                {
                    await body.Writer.WriteAsync(comment, stop.Token);
                    await Task.Delay(limits.KeepAliveInterval, time, stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // Stopped, or the client left: either way there is nobody to keep alive.
            }
        }
    }

    /// <summary>Ends it; afterwards the client's response belongs to the caller again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}

/// <summary>Bounds on holding.</summary>
/// <param name="MaxBytes">Most bytes held for one completion.</param>
/// <param name="MaxTime">Longest hold.</param>
/// <param name="Silent">How long a hold is silent before it commits the 200 with a comment.</param>
/// <param name="KeepAliveInterval">Time between comments.</param>
internal readonly record struct HoldLimits(int MaxBytes, TimeSpan MaxTime, TimeSpan Silent, TimeSpan KeepAliveInterval);
