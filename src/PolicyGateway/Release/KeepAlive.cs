namespace PolicyGateway.Release;

/// <summary>
/// Keeps a stream's connection open while nothing leaves: silent at first, so that a short hold can still end in an honest
/// status; then it commits the 200 and writes what the dialect's clients skip.
/// </summary>
internal sealed class KeepAlive : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task _running;

    private KeepAlive(CancellationTokenSource stop, Task running) => (_stop, _running) = (stop, running);

    /// <summary>Starts the clock.</summary>
    public static KeepAlive Start(ClientStream client, ReadOnlyMemory<byte> comment, HoldLimits limits, TimeProvider time, CancellationToken aborted)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        return new KeepAlive(stop, RunAsync());

        async Task RunAsync()
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    var wait = (client.HasStarted ? limits.KeepAliveInterval : limits.Silent) - client.Idle;
                    if (wait > TimeSpan.Zero)
                    {
                        // A little more than is left: a clock that wakes early would spin. Nearly every stream ends in this wait,
                        // which is no fault that is worth an exception.
                        await Task.Delay(wait + TimeSpan.FromMilliseconds(1), time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                        continue;
                    }

                    await client.KeepAliveAsync(comment, client.HasStarted ? limits.KeepAliveInterval : limits.Silent, stop.Token);
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
/// <param name="MaxBytes">Most bytes held at once.</param>
/// <param name="MaxTime">Longest time in which nothing leaves.</param>
/// <param name="Silent">How long a hold is silent before it commits the 200 with a comment.</param>
/// <param name="KeepAliveInterval">Time between comments.</param>
/// <param name="MaxWrite">Longest wait for a client that does not read.</param>
internal readonly record struct HoldLimits(int MaxBytes, TimeSpan MaxTime, TimeSpan Silent, TimeSpan KeepAliveInterval, TimeSpan MaxWrite);
