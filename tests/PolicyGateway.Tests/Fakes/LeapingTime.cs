namespace PolicyGateway.Tests.Fakes;

/// <summary>The real time, which a test can move forward; timers run on the real one.</summary>
internal sealed class LeapingTime : TimeProvider
{
    private long _leapt;

    public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Read(ref _leapt) * TimestampFrequency / TimeSpan.TicksPerSecond);

    public void Leap(TimeSpan by) => Interlocked.Add(ref _leapt, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _leapt));
}
