namespace PolicyGateway.Outgoing;

/// <summary>How long to wait after failures: doubled from 1 s to 5 min, each time shortened by chance, so that gateways do not knock together.</summary>
internal static class BackOff
{
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(5);

    /// <param name="failures">How many there were in a row, from 1.</param>
    /// <param name="asked">What the receiver asks for.</param>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan After(int failures, TimeSpan? asked, double chance)
    {
        var wait = Least * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));
        wait = (wait < Most ? wait : Most) * (1 - (chance / 2));
        wait = asked > wait ? asked.Value : wait;
        return wait < Least ? Least : wait < Most ? wait : Most;
    }
}
