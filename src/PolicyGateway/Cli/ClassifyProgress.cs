namespace PolicyGateway.Cli;

/// <summary>Says on standard error how far a long run is: every second on a terminal, every ten seconds in a log.</summary>
internal sealed class ClassifyProgress(TextWriter errors, bool isTerminal, TimeProvider time)
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
        errors.Write(FormattableString.Invariant($"{before}{_lines} lines, {rate:F0} a second{after}"));
        errors.Flush();
    }
}
