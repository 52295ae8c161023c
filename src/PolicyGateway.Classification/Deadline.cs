namespace PolicyGateway.Classification;

/// <summary>A point on the clock's monotonic scale.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan after)
{
    private readonly TimeProvider _time = time;
    private readonly TimeSpan _after = after;
    private readonly long _start = time.GetTimestamp();

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    public TimeSpan Remaining => _after - _time.GetElapsedTime(_start);

    public bool HasPassed => Remaining <= TimeSpan.Zero;

    /// <summary>Calls back when it passes, unless what is returned is disposed before.</summary>
    public ITimer Watch(Action passed) =>
        _time.CreateTimer(static action => ((Action)action!)(), passed, Remaining is { Ticks: > 0 } left ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
}
