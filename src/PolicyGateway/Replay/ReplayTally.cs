using System.Collections.Immutable;

namespace PolicyGateway.Replay;

/// <summary>Counts what changes. Its memory grows with the groups and not with the rows.</summary>
/// <param name="listed">How many changed rows are kept.</param>
internal sealed class ReplayTally(int listed)
{
    private const string NoCategory = "(none)";

    private readonly Counts _all = new();
    private readonly Counts _recorded = new();
    private readonly SortedDictionary<string, Counts> _categories = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Counts> _tiers = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Counts> _kinds = new(StringComparer.Ordinal);
    private readonly List<ChangedRow> _changes = [];
    private long _stricter;
    private long _looser;
    private long _otherwise;

    public long Rows => _all.Rows;

    /// <summary>Counts one row.</summary>
    public void Add(ReplayedRow row)
    {
        var (from, to) = (row.From, row.To);
        _all.Add(from.Decision, to.Decision);
        Add(_tiers, row.Tier, from, to);
        Add(_kinds, row.Kind, from, to);
        foreach (var category in new[] { from.Category, to.Category }.OfType<string>().DefaultIfEmpty(NoCategory).Distinct())
        {
            Add(_categories, category, from, to);
        }

        if (row.Recorded is not null)
        {
            _recorded.Add(row.Recorded, from.Action);
        }

        if (from.Decision == to.Decision)
        {
            _otherwise += from == to ? 0 : 1;
            return;
        }

        _stricter += to.Strictness > from.Strictness ? 1 : 0;
        _looser += to.Strictness < from.Strictness ? 1 : 0;
        if (_changes.Count < listed)
        {
            _changes.Add(new ChangedRow(row.Id, row.Kind, row.Tier, from, to));
        }
    }

    public ReplayReport ToReport(DateTimeOffset at, DecidedBy current, DecidedBy candidate, long leftOut) => new(
        ReplayReport.CurrentFormat,
        at,
        current,
        candidate,
        _all.Rows,
        leftOut,
        _all.Changed,
        _stricter,
        _looser,
        _otherwise,
        _all.Transitions,
        GroupsOf(_categories),
        GroupsOf(_tiers),
        GroupsOf(_kinds),
        _recorded.Rows == 0 ? null : new RecordedDecisions(_recorded.Rows, _recorded.Changed, _recorded.Transitions),
        [.. _changes],
        _all.Changed - _changes.Count);

    private static void Add(SortedDictionary<string, Counts> groups, string name, Ruling from, Ruling to)
    {
        if (!groups.TryGetValue(name, out var counts))
        {
            groups.Add(name, counts = new Counts());
        }

        counts.Add(from.Decision, to.Decision);
    }

    private static ImmutableArray<ReplayGroup> GroupsOf(SortedDictionary<string, Counts> groups) =>
        [.. groups.Select(group => new ReplayGroup(group.Key, group.Value.Rows, group.Value.Changed, group.Value.Transitions))];

    private sealed class Counts
    {
        private readonly Dictionary<(string From, string To), long> _rows = [];

        public long Rows => _rows.Values.Sum();

        public long Changed => _rows.Where(pair => pair.Key.From != pair.Key.To).Sum(pair => pair.Value);

        public ImmutableArray<Transition> Transitions =>
        [
            .. _rows.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key.From, StringComparer.Ordinal).ThenBy(pair => pair.Key.To, StringComparer.Ordinal)
                .Select(pair => new Transition(pair.Key.From, pair.Key.To, pair.Value)),
        ];

        public void Add(string from, string to) => _rows[(from, to)] = _rows.GetValueOrDefault((from, to)) + 1;
    }
}

/// <summary>A row as it was decided by both.</summary>
internal sealed record ReplayedRow(string Id, string Kind, string Tier, string? Recorded, Ruling From, Ruling To);
