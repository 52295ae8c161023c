namespace PolicyGateway.Classification.Tests.Ngram;

/// <summary>A clock that can leap at each look, and can hold the threads that look at it.</summary>
internal sealed class ScriptedClock : TimeProvider
{
    private readonly TaskCompletionSource _release = new();
    private readonly TaskCompletionSource _held = new();
    private long _now;
    private int _looksUntilHold = -1;

    /// <summary>How far the clock moves each time that somebody looks.</summary>
    public TimeSpan Leap { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        if (Interlocked.Decrement(ref _looksUntilHold) == 0)
        {
            _held.TrySetResult();
            _release.Task.Wait();
        }

        return Interlocked.Add(ref _now, Leap.Ticks);
    }

    /// <summary>The next look but <paramref name="looks"/> - 1 blocks its thread until <see cref="Release"/>.</summary>
    public void HoldAtLook(int looks) => _looksUntilHold = looks;

    public void WaitUntilHeld() => _held.Task.Wait();

    public void Release() => _release.SetResult();
}
