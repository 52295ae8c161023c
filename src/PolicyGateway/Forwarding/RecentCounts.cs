namespace PolicyGateway.Forwarding;

/// <summary>Counts requests, and those of them that are of note, over the last while, which moves on part by part.</summary>
/// <param name="part">How long a part is.</param>
/// <param name="parts">How many there are.</param>
/// <param name="time">The clock.</param>
/// <remarks>Used by one at a time.</remarks>
internal sealed class RecentCounts(TimeSpan part, int parts, TimeProvider time)
{
    private readonly Part[] _parts = new Part[parts];

    public void Add(int requests, int ofNote)
    {
        ref var current = ref Current();
        current.Requests += requests;
        current.OfNote += ofNote;
    }

    public (long Requests, long OfNote) Sum()
    {
        var now = Current().Number;
        var (requests, ofNote) = (0L, 0L);
        foreach (ref readonly var one in _parts.AsSpan())
        {
            if (now - one.Number < parts)
            {
                requests += one.Requests;
                ofNote += one.OfNote;
            }
        }

        return (requests, ofNote);
    }

    public void Clear() => Array.Clear(_parts);

    private ref Part Current()
    {
        var number = time.GetUtcNow().UtcTicks / part.Ticks;
        ref var current = ref _parts[number % parts];
        if (current.Number != number)
        {
            current = new Part { Number = number };
        }

        return ref current;
    }

    private struct Part
    {
        public long Number;
        public long Requests;
        public long OfNote;
    }
}
