using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Figures;

/// <summary>Figures that are swept along a threshold, and those that compare languages.</summary>
internal static class Curves
{
    private const int FewestForCalibration = 100;
    private const int RocSteps = 120;

    // Where a dial is of use: finer where scores crowd.
    private static readonly double[] Thresholds =
    [
        0.001, 0.002, 0.005, .. Enumerable.Range(1, 99).Select(percent => percent / 100.0), 0.995, 0.998, 0.999,
    ];

    // Quarters of a doubling, from a 1,024th to 1,024 times the odds.
    private static readonly double[] Factors = [.. Enumerable.Range(-40, 81).Select(step => Math.Pow(2, step / 4.0))];

    /// <summary>The points of the curve at benign ranks that rise by a constant factor, so that its left end is as fine as its right.</summary>
    public static IReadOnlyList<RocPoint> Roc(IEnumerable<ScoredRow> rows)
    {
        var known = rows.Where(row => !row.IsUnknown).ToArray();
        float[] benign = [.. known.Where(row => row.IsBenign).Select(row => row.Flagged).OrderDescending()];
        float[] others = [.. known.Where(row => !row.IsBenign).Select(row => row.Flagged).OrderDescending()];
        if (benign.Length == 0 || others.Length == 0)
        {
            return [];
        }

        var ranks = Enumerable.Range(0, RocSteps + 1)
            .Select(step => (int)Math.Round(Math.Pow(benign.Length, step / (double)RocSteps)))
            .Distinct();
        return [.. ranks.Select(rank => benign[rank - 1]).Distinct().Select(threshold => new RocPoint(
            Estimate.Round(threshold),
            Estimate.Round((double)Reaching(benign, threshold) / benign.Length),
            Estimate.Round((double)Reaching(others, threshold) / others.Length)))];
    }

    public static FrontierFigures Frontier(IReadOnlyList<ScoredRow> rows)
    {
        var benign = rows.Where(row => row.IsBenign).ToArray();
        var others = rows.Where(row => !row.IsBenign).ToArray();
        return new FrontierFigures(
            At(1, row => row.IsHeld),
            [.. Thresholds.Select(threshold => At(threshold, row => row.IsUnknown || row.Flagged >= (float)threshold))],
            [.. Factors.Select(factor => At(factor, row => row.HoldMargin >= Math.Log(factor)))]);

        FrontierPoint At(double dial, Func<ScoredRow, bool> holds) => new(
            Estimate.Round(dial), Rate.From(benign.Count(holds), benign.Length), Rate.From(others.Count(row => !holds(row)), others.Length));
    }

    /// <summary>All rows, each kind, and each language with rows enough.</summary>
    public static IReadOnlyList<Reliability> Calibration(IEnumerable<ScoredRow> rows)
    {
        var known = rows.Where(row => !row.IsUnknown).ToArray();
        return
        [
            Reliability.Of("all", known.Select(Truth)),
            .. known.GroupBy(row => row.Label.Kind).OrderBy(kind => kind.Key)
                .Select(kind => Reliability.Of(LengthBucket.NameOf(kind.Key), kind.Select(Truth))),
            .. known.GroupBy(row => row.Label.Language, StringComparer.Ordinal)
                .Select(language => (language.Key, Rows: language.ToArray()))
                .Where(language => language.Rows.Length >= FewestForCalibration)
                .OrderByDescending(language => language.Rows.Length).ThenBy(language => language.Key, StringComparer.Ordinal)
                .Select(language => Reliability.Of($"language {language.Key}", language.Rows.Select(Truth))),
        ];
    }

    public static EquityFigures Equity(IEnumerable<ScoredRow> rows)
    {
        var benign = rows.Where(row => row.IsBenign).ToArray();
        var all = Rate.From(benign.Count(row => row.IsHeld), benign.Length);
        return new EquityFigures(all, [.. benign.GroupBy(row => row.Label.Language, StringComparer.Ordinal)
            .Select(language => Compare(language.Key, Rate.From(language.Count(row => row.IsHeld), language.Count())!, all!))
            .OrderByDescending(language => language.FalseHolds.Value).ThenBy(language => language.Language, StringComparer.Ordinal)]);
    }

    private static LanguageEquity Compare(string language, Rate own, Rate all) => new(
        language,
        own,
        all.Count == 0 ? null : Estimate.Round(own.Value / all.Value),
        own.Of < Evaluator.FewestRows ? "too_few"
        : own.Low > all.Value ? "above"
        : own.High < all.Value ? "below"
        : "alike");

    /// <summary>How many of the scores, the highest first, reach the threshold.</summary>
    private static int Reaching(float[] descending, float threshold)
    {
        var (low, high) = (0, descending.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = descending[middle] >= threshold ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static (float Score, bool Truth) Truth(ScoredRow row) => (row.Flagged, !row.IsBenign);
}
