namespace PolicyGateway.Forwarding;

/// <summary>One server of a cluster as it fared so far: its circuit, and until when it wants to be left alone.</summary>
internal sealed class Destination(string id, DestinationOptions options, CircuitBreakerOptions breaker, TimeProvider time)
{
    /// <summary>A backend does not get to close itself for longer, whatever its <c>Retry-After</c> says.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(10);

    private readonly Circuit _circuit = new(breaker, time);
    private long _wantsAt;

    /// <summary>Cluster and place in its list, such as <c>main/0</c>; says nothing of the address.</summary>
    public string Id { get; } = id;

    public int Weight { get; } = options.Weight;

    public int Priority { get; } = options.Priority;

    /// <summary>How long it is still to be left alone; zero or less where it may be asked.</summary>
    public TimeSpan Rest
    {
        get
        {
            var wanted = new DateTimeOffset(Volatile.Read(ref _wantsAt), TimeSpan.Zero) - time.GetUtcNow();
            var circuit = _circuit.Rest;
            return circuit > wanted ? circuit : wanted;
        }
    }

    /// <summary>It said when it wants to be asked again; the latest time counts.</summary>
    public void LeaveAlone(TimeSpan duration)
    {
        var at = (time.GetUtcNow() + (duration < LongestRest ? duration : LongestRest)).UtcTicks;
        if (at > Volatile.Read(ref _wantsAt))
        {
            Volatile.Write(ref _wantsAt, at);
        }
    }

    /// <summary>Asks it, unless its circuit is open or another request is finding out whether it works again: then null.</summary>
    /// <param name="ask">Asks, and tells the pass when the head of an answer came.</param>
    public async ValueTask<AttemptOutcome?> AskAsync(Func<Circuit.Pass, ValueTask<AttemptOutcome>> ask)
    {
        using var pass = _circuit.TryPass();
        if (pass is null)
        {
            return null;
        }

        var outcome = await ask(pass);
        if (outcome != AttemptOutcome.Aborted)
        {
            pass.Ended(outcome.IsFailure());
        }

        return outcome;
    }
}
