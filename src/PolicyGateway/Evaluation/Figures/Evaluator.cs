using PolicyGateway.Classification;
using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Evaluation.Statistics;
using PolicyGateway.Policy;

namespace PolicyGateway.Evaluation.Figures;

/// <summary>Scored rows to figures; pure, and the same from the same rows and seed.</summary>
/// <param name="profile">The heads.</param>
/// <param name="edges">The thresholds in force.</param>
/// <param name="seed">Seed of every bootstrap.</param>
/// <param name="resamples">Resamples of each bootstrap; 1,000 give an interval to about its second digit.</param>
internal sealed class Evaluator(ClassifierProfile profile, Edges edges, int seed, int resamples)
{
    /// <summary>Rows of either class below which a figure that needs both is not given.</summary>
    internal const int FewestRows = 10;

    private const int MostGroups = 100;

    /// <summary>The figures over one group of rows.</summary>
    /// <param name="name">The group.</param>
    /// <param name="own">Its rows.</param>
    /// <param name="lent">Benign rows that it is measured against for want of its own.</param>
    public GroupFigures Group(string name, IReadOnlyList<ScoredRow> own, ScoredRow[]? lent = null)
    {
        ScoredRow[] rows = [.. own, .. lent ?? []];
        var benign = rows.Where(row => row.IsBenign).ToArray();
        var others = rows.Where(row => !row.IsBenign).ToArray();
        var known = (Benign: benign.Where(row => !row.IsUnknown).ToArray(), Others: others.Where(row => !row.IsUnknown).ToArray());
        var enough = known.Benign.Length >= FewestRows && known.Others.Length >= FewestRows;
        var (points, f1) = enough
            ? OperatingPoints.Of(known.Others.Select(Rank), known.Benign.Select(Rank), seed, resamples)
            : ([], null);
        return new GroupFigures(
            name,
            rows.Length,
            benign.Length,
            rows.Count(row => row.IsUnknown),
            TooFew: !enough,
            enough ? DeLong.Auc([.. known.Others.Select(row => row.Flagged)], [.. known.Benign.Select(row => row.Flagged)]) : null,
            f1,
            points,
            Share(others, row => row.Alarms),
            Share(others, row => row.IsHeld),
            Share(benign, row => row.Alarms),
            Share(benign, row => row.IsHeld),
            Share(own, Escalation.IsEscalated));
    }

    /// <summary>The figures by every dimension.</summary>
    public GroupSets Groups(IReadOnlyList<ScoredRow> rows)
    {
        var benign = rows.Where(row => row.IsBenign).ToArray();
        var others = rows.Where(row => !row.IsBenign).ToArray();
        return new GroupSets(
            Category: Against(benign, others, row => row.Label.Categories),
            Severity: Against(benign, others, row => [row.Label.Severity.Name()]),
            Language: By(rows, row => row.Label.Language),
            Source: By(rows, row => row.Label.Source),
            Kind: By(rows, row => LengthBucket.NameOf(row.Label.Kind)),
            Length: InOrder(LengthBucket.Names, By(rows, row => LengthBucket.NameOf(row.Label.Length))),
            Topic: By([.. benign.Where(row => row.Label.Topic is not null)], row => row.Label.Topic!));
    }

    /// <summary>What each head does by itself.</summary>
    public IReadOnlyList<HeadFigures> Heads(IReadOnlyList<ScoredRow> rows)
    {
        var known = rows.Where(row => !row.IsUnknown).ToArray();
        return [.. profile.Heads.Select((head, index) => Head(head, index, known))];
    }

    private HeadFigures Head(string head, int index, ScoredRow[] rows)
    {
        var positives = rows.Where(row => row.Label.IsTrue(head)).Select(row => row.Scores.Probabilities[index]).ToArray();
        var others = rows.Where(row => !row.Label.IsTrue(head)).Select(row => row.Scores.Probabilities[index]).ToArray();
        var benign = rows.Where(row => row.IsBenign).Select(row => row.Scores.Probabilities[index]).ToArray();
        var (uncertain, flagged) = edges[index];
        var found = positives.Count(score => score >= flagged);
        var enough = positives.Length >= FewestRows;
        return new HeadFigures(
            head,
            rows.Length,
            positives.Length,
            enough && others.Length >= FewestRows ? DeLong.Auc(positives, others) : null,
            enough ? Estimate.Round(OperatingPoints.F1(found, others.Count(score => score >= flagged), positives.Length)) : null,
            Rate.From(found, positives.Length),
            Rate.From(positives.Count(score => score >= uncertain), positives.Length),
            Rate.From(benign.Count(score => score >= flagged), benign.Length),
            Rate.From(benign.Count(score => score >= uncertain), benign.Length));
    }

    /// <summary>Groups that have no benign rows of their own are measured against all of them.</summary>
    private GroupSet Against(ScoredRow[] benign, ScoredRow[] others, Func<ScoredRow, string[]> keys) =>
        Largest(others.SelectMany(row => keys(row).Select(key => (Key: key, Row: row))), benign);

    private GroupSet By(IEnumerable<ScoredRow> rows, Func<ScoredRow, string> key) =>
        Largest(rows.Select(row => (Key: key(row), Row: row)));

    private static GroupSet InOrder(IEnumerable<string> names, GroupSet set) =>
        set with { Groups = [.. names.Join(set.Groups, name => name, group => group.Group, (_, group) => group)] };

    private GroupSet Largest(IEnumerable<(string Key, ScoredRow Row)> rows, ScoredRow[]? lent = null)
    {
        var groups = rows.GroupBy(pair => pair.Key, pair => pair.Row, StringComparer.Ordinal)
            .Select(group => (group.Key, Rows: group.ToArray()))
            .OrderByDescending(group => group.Rows.Length).ThenBy(group => group.Key, StringComparer.Ordinal)
            .ToArray();
        var listed = groups.Take(MostGroups).AsParallel().AsOrdered().Select(group => Group(group.Key, group.Rows, lent));
        return new GroupSet(
            [.. listed], Math.Max(0, groups.Length - MostGroups), groups.Skip(MostGroups).Sum(group => group.Rows.Length));
    }

    private static Ranked Rank(ScoredRow row) => new(row.Flagged, row.Alarms);

    private static Rate? Share(IReadOnlyCollection<ScoredRow> rows, Func<ScoredRow, bool> counts) =>
        Rate.From(rows.Count(counts), rows.Count);
}
