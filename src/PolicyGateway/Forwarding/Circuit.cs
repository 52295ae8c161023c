namespace PolicyGateway.Forwarding;

/// <summary>
/// Keeps requests from a destination that failed too often of late, until one of them finds out that it works again.
/// </summary>
/// <remarks>
/// Not Polly's, which knows neither of two things that streams need: an attempt that tells at its head how the destination is,
/// long before it ends, and one that ends without a result because its client left.
/// </remarks>
internal sealed class Circuit(CircuitBreakerOptions options, TimeProvider time)
{
    private const int Parts = 10;

    private readonly Lock _counting = new();
    private readonly RecentCounts _recent = new(options.Window / Parts, Parts, time);
    private DateTimeOffset? _opensAt;

    /// <summary>The pass that finds out; owned by whoever took it.</summary>
    private object? _trial;

    /// <summary>How long it is still open; zero or less where a request may pass.</summary>
    public TimeSpan Rest
    {
        get
        {
            lock (_counting)
            {
                return _opensAt is not { } at ? TimeSpan.Zero : _trial is null ? at - time.GetUtcNow() : TrialRest;
            }
        }
    }

    /// <summary>Nobody knows how long a trial takes to its head; it is worth a look in a while.</summary>
    public static TimeSpan TrialRest { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Lets an attempt through, its pass to be disposed at its end; null while it is open, and while another attempt is its trial.</summary>
    public Pass? TryPass()
    {
        lock (_counting)
        {
            if (_opensAt is not { } at)
            {
                return new Pass(this);
            }

            if (_trial is not null || at > time.GetUtcNow())
            {
                return null;
            }

            var trial = new Pass(this);
            _trial = trial;
            return trial;
        }
    }

    private void Conclude(Pass pass, bool isFailure)
    {
        if (ReferenceEquals(pass, _trial))
        {
            _trial = null;
            _recent.Clear();
            _opensAt = isFailure ? time.GetUtcNow() + options.BreakDuration : null;
        }
    }

    /// <summary>Each attempt counts once. One that began before the circuit opened tells nothing new about it.</summary>
    private void Count(bool isFailure)
    {
        if (_opensAt is not null)
        {
            return;
        }

        _recent.Add(1, isFailure ? 1 : 0);
        var (requests, failures) = _recent.Sum();
        if (isFailure && requests >= options.MinimumRequests && failures >= requests * options.FailureRatio)
        {
            _recent.Clear();
            _opensAt = time.GetUtcNow() + options.BreakDuration;
        }
    }

    /// <summary>One attempt on its way to the destination. Disposed without an end, it has no result.</summary>
    public sealed class Pass(Circuit circuit) : IDisposable
    {
        /// <summary>The head of the answer is there, and tells a trial whether the destination works again. Its body may take minutes.</summary>
        public void Began(bool isFailure)
        {
            lock (circuit._counting)
            {
                circuit.Conclude(this, isFailure);
            }
        }

        /// <summary>The answer is over, or failed to come.</summary>
        public void Ended(bool isFailure)
        {
            lock (circuit._counting)
            {
                circuit.Conclude(this, isFailure);
                circuit.Count(isFailure);
            }
        }

        /// <summary>A trial without a result leaves its place to the next request.</summary>
        public void Dispose()
        {
            lock (circuit._counting)
            {
                if (ReferenceEquals(this, circuit._trial))
                {
                    circuit._trial = null;
                }
            }
        }
    }
}
