using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Hosting;

/// <summary>
/// How the gateway stops. From the signal on it is not ready and takes no new inference; what runs may end within
/// <see cref="GatewayOptions.DrainTimeout"/>, and only then does the server close, so that whoever asks meanwhile is told.
/// </summary>
internal sealed partial class Drain(IHostApplicationLifetime lifetime, IOptions<GatewayOptions> options, TimeProvider time, ILogger<Drain> logger)
    : IHostedLifecycleService, IHealthCheck
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<Run, byte> _running = new();
    private volatile bool _isStopping;

    /// <summary>Whether the gateway was told to stop.</summary>
    public bool IsDraining => _isStopping || lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Whether it waited long enough, and ended what still ran.</summary>
    public bool HasCut { get; private set; }

    /// <summary>A request that the stop waits for, until it is disposed; null when new ones are no longer taken.</summary>
    public IDisposable? TryEnter(HttpContext context)
    {
        // Entered first and asked then: in the other order the stop could miss it.
        var run = Enter(context.Abort);
        if (!IsDraining)
        {
            return run;
        }

        run.Dispose();

        // The client's next connection leads to somebody who stays.
        context.Response.Headers.Connection = "close";
        return null;
    }

    /// <summary>What a running request leaves to be done; the stop waits for it, too, until it is disposed.</summary>
    /// <param name="cut">Called where it waited long enough.</param>
    public IDisposable Enter(Action cut)
    {
        var run = new Run(this, cut);
        _running[run] = 0;
        if (HasCut)
        {
            run.Cut();
        }

        return run;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        var began = time.GetTimestamp();
        while (!_running.IsEmpty && time.GetElapsedTime(began) < options.Value.DrainTimeout && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Look, time, CancellationToken.None);
        }

        if (!_running.IsEmpty)
        {
            HasCut = true;
            Log.Cut(logger, _running.Count);
            foreach (var run in _running.Keys)
            {
                run.Cut();
            }
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsDraining ? HealthCheckResult.Unhealthy("the gateway is draining") : HealthCheckResult.Healthy());

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class Run(Drain drain, Action cut) : IDisposable
    {
        private readonly Lock _ending = new();
        private bool _ended;

        public void Cut()
        {
            // A context that has ended is another request's by now.
            lock (_ending)
            {
                if (!_ended)
                {
                    cut();
                }
            }
        }

        public void Dispose()
        {
            lock (_ending)
            {
                _ended = true;
            }

            drain._running.TryRemove(this, out _);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4201, EventName = "DrainCut", Level = LogLevel.Warning, Message = "{Requests} requests did not end, or were not judged in shadow, within Gateway:DrainTimeout and were cut")]
        public static partial void Cut(ILogger logger, int requests);
    }
}
