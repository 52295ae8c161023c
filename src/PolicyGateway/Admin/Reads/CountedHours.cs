using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>What was decided in one hour, or a part of it.</summary>
/// <param name="start">When the hour began.</param>
internal sealed class HourTally(DateTimeOffset start)
{
    public DateTimeOffset Start => start;

    public TrafficTally Traffic { get; } = new(start);

    public FalseHoldTally Holds { get; } = new();

    /// <summary>The first record that was counted; the largest number where none was.</summary>
    public long First { get; private set; } = long.MaxValue;

    public void Add(AuditLine line)
    {
        First = Math.Min(First, line.Seq);
        Traffic.Add(line);
        Holds.Add(line);
    }
}

/// <summary>
/// Counts decisions hour by hour, and remembers hours that are over: nothing is added to them, so that a look at the figures of a
/// week reads the newest records only.
/// </summary>
internal sealed class CountedHours
{
    /// <summary>Records that are read for one answer; hours that are remembered need no reading.</summary>
    public const int MostRecords = 500_000;

    /// <summary>A hundred days; the oldest are forgotten first.</summary>
    private const int Most = 2_400;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();

    // Both under _gate, so that nothing that was read before an erasure is remembered after it.
    private readonly SortedDictionary<DateTimeOffset, HourTally> _known = [];
    private long _erasures;

    /// <summary>After something was erased that is counted by: an organisation's name.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _erasures++;
            _known.Clear();
        }
    }

    /// <summary>The tallies of a time in no order, those at its ends of parts of an hour; null where too many records would have to be read.</summary>
    /// <param name="database">Where the records are.</param>
    /// <param name="from">In UTC.</param>
    /// <param name="to">In UTC, later.</param>
    /// <param name="cancellationToken">Looked at between records.</param>
    public IReadOnlyList<HourTally>? Count(AuditDatabase database, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var (first, last) = database.ReadRange();
        var erasures = Drop(first);

        // Times never run backwards along the chain: hours before that of the last record are over.
        var over = last == 0 ? DateTimeOffset.MinValue : Floor(database.ReadLines(new AuditPlace(), last, last + 1).First().RecordedAt);
        var (tallies, read) = (new List<HourTally>(), 0L);
        for (var start = from; start < to;)
        {
            if (Find(start, to) is { } known)
            {
                tallies.Add(known);
                start += Hour;
                continue;
            }

            var end = Next(start, to);
            while (end < to && Find(end, to) is null)
            {
                end = Next(end, to);
            }

            var (begin, behind) = (database.FirstAt(start), database.FirstAt(end));
            if ((read += behind - begin) > MostRecords)
            {
                return null;
            }

            var counted = Read(database, begin, behind, cancellationToken);
            Remember(counted, start, end < over ? end : over, erasures);
            tallies.AddRange(counted.Values);
            start = end;
        }

        return tallies;
    }

    private static Dictionary<DateTimeOffset, HourTally> Read(AuditDatabase database, long begin, long behind, CancellationToken cancellationToken)
    {
        var counted = new Dictionary<DateTimeOffset, HourTally>();
        foreach (var line in database.ReadLines(new AuditPlace(), begin, behind))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.IsDecision)
            {
                var hour = Floor(line.RecordedAt);
                if (!counted.TryGetValue(hour, out var tally))
                {
                    counted.Add(hour, tally = new HourTally(hour));
                }

                tally.Add(line);
            }
        }

        return counted;
    }

    /// <summary>Keeps what was counted of whole hours between two times; one without a record, too.</summary>
    private void Remember(Dictionary<DateTimeOffset, HourTally> counted, DateTimeOffset from, DateTimeOffset to, long erasures)
    {
        lock (_gate)
        {
            var hour = Floor(from);
            for (hour = hour < from ? hour + Hour : hour; erasures == _erasures && hour + Hour <= to; hour += Hour)
            {
                _known[hour] = counted.GetValueOrDefault(hour) ?? new HourTally(hour);
            }

            while (_known.Count > Most)
            {
                _known.Remove(_known.First().Key);
            }
        }
    }

    /// <summary>Forgets hours of which retention has removed something.</summary>
    private long Drop(long first)
    {
        lock (_gate)
        {
            foreach (var old in _known.Values.Where(tally => tally.First < first).ToArray())
            {
                _known.Remove(old.Start);
            }

            return _erasures;
        }
    }

    private HourTally? Find(DateTimeOffset start, DateTimeOffset to)
    {
        lock (_gate)
        {
            return to - start >= Hour ? _known.GetValueOrDefault(start) : null;
        }
    }

    private static DateTimeOffset Next(DateTimeOffset start, DateTimeOffset to) => to - Floor(start) > Hour ? Floor(start) + Hour : to;

    private static DateTimeOffset Floor(DateTimeOffset time) => new(time.Ticks - (time.Ticks % Hour.Ticks), TimeSpan.Zero);
}
