using Polly;
using Polly.CircuitBreaker;

namespace PolicyGateway.Forwarding;

/// <summary>One server of a cluster as it fared so far: its circuit, and until when it wants to be left alone.</summary>
internal sealed class Destination
{
    /// <summary>A backend does not get to close itself for longer, whatever its <c>Retry-After</c> says.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);

    private readonly ResiliencePipeline<AttemptOutcome> _circuit;
    private readonly TimeProvider _time;
    private long _opensAt;
    private long _wantsAt;

    public Destination(string id, DestinationOptions options, CircuitBreakerOptions breaker, TimeProvider time)
    {
        (Id, Weight, Priority, _time) = (id, options.Weight, options.Priority, time);
        _circuit = new ResiliencePipelineBuilder<AttemptOutcome> { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions<AttemptOutcome>
        {
            FailureRatio = breaker.FailureRatio,
            MinimumThroughput = breaker.MinimumRequests,
            SamplingDuration = breaker.Window,
            BreakDuration = breaker.BreakDuration,
            ShouldHandle = static result => ValueTask.FromResult(result.Outcome.Exception is null && result.Outcome.Result.IsFailure()),
            OnOpened = opened =>
            {
                Volatile.Write(ref _opensAt, At(opened.BreakDuration));
                return default;
            },
        }).Build();
    }

    /// <summary>Cluster and place in its list, such as <c>main/0</c>; says nothing of the address.</summary>
    public string Id { get; }

    public int Weight { get; }

    public int Priority { get; }

    /// <summary>How long it is still to be left alone; zero or less where it may be asked.</summary>
    public TimeSpan Rest => new DateTimeOffset(Math.Max(Volatile.Read(ref _opensAt), Volatile.Read(ref _wantsAt)), TimeSpan.Zero) - _time.GetUtcNow();

    /// <summary>It said when it wants to be asked again; the latest time counts.</summary>
    public void LeaveAlone(TimeSpan duration)
    {
        var at = At(duration < LongestRest ? duration : LongestRest);
        if (at > Volatile.Read(ref _wantsAt))
        {
            Volatile.Write(ref _wantsAt, at);
        }
    }

    /// <summary>Asks it, unless its circuit is open or another request is finding out whether it works again: then null.</summary>
    public async ValueTask<AttemptOutcome?> AskAsync(Func<ValueTask<AttemptOutcome>> ask, CancellationToken cancellationToken)
    {
        var polly = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var outcome = await _circuit.ExecuteOutcomeAsync(CatchAsync, polly, ask);
            if (outcome.Exception is BrokenCircuitException)
            {
                return null;
            }

            outcome.ThrowIfException();
            return outcome.Result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(polly);
        }
    }

    private static async ValueTask<Outcome<AttemptOutcome>> CatchAsync(ResilienceContext context, Func<ValueTask<AttemptOutcome>> ask)
    {
        try
        {
            return Outcome.FromResult(await ask());
        }
        catch (Exception exception)
        {
            return Outcome.FromException<AttemptOutcome>(exception);
        }
    }

    private long At(TimeSpan fromNow) => (_time.GetUtcNow() + fromNow).UtcTicks;
}
