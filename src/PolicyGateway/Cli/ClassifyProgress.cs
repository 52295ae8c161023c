namespace PolicyGateway.Cli;

/// <summary>Says on standard error how far a long run is: every second on a terminal, every ten seconds in a log.</summary>
/// <param name="errors">Standard error.</param>
/// <param name="isTerminal">Whether that is a terminal.</param>
/// <param name="time">The clock.</param>
/// <param name="unit">What is counted.</param>
internal sealed class ClassifyProgress(TextWriter errors, bool isTerminal, TimeProvider time, string unit = "lines")
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(isTerminal ? 1 : 10);
    private readonly long _start = time.GetTimestamp();
    private long _lastSaid = time.GetTimestamp();
    private long _lines;

    public void Done()
    {
        _lines++;
        if (time.GetElapsedTime(_lastSaid) < _interval)
        {
            return;
        }

        _lastSaid = time.GetTimestamp();
        Say(isTerminal ? "\r" : "", isTerminal ? "" : Environment.NewLine);
    }

    public void Finish()
    {
        if (_lines > 0)
        {
            Say(isTerminal ? "\r" : "", Environment.NewLine);
        }
    }

    private void Say(string before, string after)
    {
        var rate = _lines / Math.Max(time.GetElapsedTime(_start).TotalSeconds, 1e-3);
        errors.Write(FormattableString.Invariant($"{before}{_lines} {unit}, {rate:F0} a second{after}"));
        errors.Flush();
    }
}
