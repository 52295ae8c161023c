using PolicyGateway.Classification.Ngram;
using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Figures;

/// <summary>Which stage decided, and in what time.</summary>
internal static class Escalation
{
    private const double FewestMilliseconds = 1e-6;

    public static bool IsEscalated(ScoredRow row) => row.Scores.Stage != NgramClassifier.StageName;

    public static EscalationFigures Of(IReadOnlyList<ScoredRow> rows) => new(
        NgramClassifier.StageName,
        Rate.From(rows.Count(IsEscalated), rows.Count),
        [.. rows.GroupBy(row => row.Scores.Stage, StringComparer.Ordinal)
            .Select(stage => new StageFigures(stage.Key, stage.Count(), Percentile(Sorted(stage), 0.5)))
            .OrderByDescending(stage => stage.Rows).ThenBy(stage => stage.Stage, StringComparer.Ordinal)]);

    public static TimeFigures Times(IReadOnlyList<ScoredRow> rows, int lanes, TimeSpan whole)
    {
        var byLength = rows.ToLookup(row => LengthBucket.NameOf(row.Label.Length), StringComparer.Ordinal);
        return new TimeFigures(
            lanes,
            Math.Round(rows.Count / Math.Max(whole.TotalSeconds, FewestMilliseconds), 1),
            Percentiles("all", rows),
            [.. LengthBucket.Names.Where(byLength.Contains).Select(name => Percentiles(name, byLength[name]))]);
    }

    private static TimePercentiles Percentiles(string group, IEnumerable<ScoredRow> rows)
    {
        var sorted = Sorted(rows);
        return new TimePercentiles(
            group, sorted.Length, Percentile(sorted, 0.5), Percentile(sorted, 0.9), Percentile(sorted, 0.99), Percentile(sorted, 1));
    }

    private static double[] Sorted(IEnumerable<ScoredRow> rows) => [.. rows.Select(row => row.Time.TotalMilliseconds).Order()];

    private static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)], 4);
}
