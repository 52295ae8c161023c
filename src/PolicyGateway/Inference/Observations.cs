using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using PolicyGateway.Dialects;
using PolicyGateway.Hosting;
using PolicyGateway.Release;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>
/// Judges what went through in shadow mode, and notes its record, once the request has given back its place and its connection.
/// What waits is bounded in number and bytes; beyond that a request is recorded as not judged. The stop waits for all of it.
/// </summary>
/// <remarks>
/// Requests add, a few workers take. Whoever takes a copy owes its record: <see cref="Add"/> follows on every way out of the
/// request, and every observation that was added is noted once, judged or not.
/// </remarks>
internal sealed partial class Observations : IHostedService, IDisposable
{
    private const string NotJudged = "not_judged";

    /// <summary>Requests that do wait for a verdict find half of the classifier's lanes free.</summary>
    private static readonly int MostWorkers = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly Recorder _recorder;
    private readonly GatewayTelemetry _telemetry;
    private readonly Drain _drain;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // Not bounded itself: there is room for whatever was reserved.
    private readonly Channel<Observation> _waiting = Channel.CreateUnbounded<Observation>();
    private readonly CancellationTokenSource _cut = new();
    private readonly CancellationToken _isCut;
    private readonly Lock _reserving = new();
    private Task _working = Task.CompletedTask;
    private int _reserved;
    private long _reservedBytes;

    public Observations(
        Recorder recorder, GatewayTelemetry telemetry, Drain drain, IOptions<GatewayOptions> options, TimeProvider time, ILogger<Observations> logger)
    {
        (_recorder, _telemetry, _drain, _options, _time, _logger) = (recorder, telemetry, drain, options.Value, time, logger);
        _isCut = _cut.Token;
    }

    /// <summary>Takes a copy of what a running request let through. Where there is no room, the request is recorded as not judged.</summary>
    public void Take(HttpContext context, IDialect dialect, RequestRecord record, Hold hold)
    {
        if (TryReserve(Observation.SizeOf(record.Prompt!, hold.Bytes)))
        {
            context.Features.Set(new Observation(
                record, dialect, hold.Bytes.ToArray(), hold.Response.IsSuccess, Activity.Current?.Context ?? default, _drain.Enter(Cut)));
        }
        else
        {
            Leave(record, "dropped");
        }
    }

    /// <summary>The request is over, and nothing touches its record but the observation from now on.</summary>
    public void Add(Observation observation)
    {
        _recorder.Count(observation.Record);
        observation.Ended = _time.GetUtcNow();
        if (!_waiting.Writer.TryWrite(observation))
        {
            // It outlived the stop's patience.
            Leave(observation.Record, "dropped");
            End(observation);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _working = Task.WhenAll(Enumerable.Range(0, MostWorkers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>After the drain, which waited as long as it may, and the server, after which nobody adds.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await _cut.CancelAsync();
        await _working.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        // Called twice: once as what it is, and once as what the host runs.
        if (!_isCut.IsCancellationRequested)
        {
            _cut.Cancel();
        }

        _waiting.Writer.TryComplete();
        _cut.Dispose();
    }

    /// <summary>What is judged now and what waits is noted as it is; not on the thread that says so.</summary>
    private void Cut() => _ = _cut.CancelAsync();

    private async Task WorkAsync()
    {
        await foreach (var observation in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            using var step = _telemetry.Observe(observation.Trace);
            await JudgeAsync(observation);
            Recorder.Tag(step, observation.Record);
            End(observation);
        }
    }

    private async Task JudgeAsync(Observation observation)
    {
        try
        {
            _isCut.ThrowIfCancellationRequested();
            await _recorder.ObservedAsync(observation.Record, observation.Read(), _isCut);
            _telemetry.Observed("judged");
        }
        catch (OperationCanceledException) when (_isCut.IsCancellationRequested)
        {
            Leave(observation.Record, "dropped");
        }
        catch (Exception exception)
        {
            // By its type: a message may quote what was judged.
            Log.Failed(_logger, observation.Record.DecisionId, exception.GetType().Name);
            Leave(observation.Record, "failed");
        }
    }

    /// <summary>Nobody says what would have been decided of it.</summary>
    private void Leave(RequestRecord record, string result)
    {
        record.Decision = null;
        if (record.Outcome == Outcome.Released)
        {
            record.End(Outcome.Released, NotJudged, record.Status);
        }

        _telemetry.Observed(result);
    }

    private void End(Observation observation)
    {
        try
        {
            _recorder.Note(observation.Record, observation.Ended);
        }
        catch (Exception exception)
        {
            Log.Failed(_logger, observation.Record.DecisionId, exception.GetType().Name);
        }
        finally
        {
            lock (_reserving)
            {
                _reserved--;
                _reservedBytes -= observation.Size;
            }

            observation.Run.Dispose();
        }
    }

    private bool TryReserve(int bytes)
    {
        lock (_reserving)
        {
            if (_reserved >= _options.MaxObservations || bytes > _options.MaxObservedBytes - _reservedBytes)
            {
                return false;
            }

            _reserved++;
            _reservedBytes += bytes;
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4301, EventName = "ObservationFailed", Level = LogLevel.Error, Message = "The observation of {DecisionId} failed: {Error}")]
        public static partial void Failed(ILogger logger, string decisionId, string error);
    }
}
