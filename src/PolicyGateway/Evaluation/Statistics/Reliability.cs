using PolicyGateway.Classification.Evaluation;

namespace PolicyGateway.Evaluation.Statistics;

/// <summary>How well probabilities agree with what came true, over one group of rows.</summary>
/// <param name="Group">The group: <c>all</c>, a kind, or a language.</param>
/// <param name="Rows">Rows with a verdict.</param>
/// <param name="Ece">Expected calibration error: the mean gap between probability and share, weighted by rows; in [0, 1].</param>
/// <param name="Bins">Bins of like many rows, by rising probability.</param>
internal sealed record Reliability(string Group, int Rows, double Ece, IReadOnlyList<ReliabilityBin> Bins)
{
    /// <summary>Cuts the rows into 15 bins of like many rows; fewer where rows are few, or share a score, which no edge parts.</summary>
    public static Reliability Of(string group, IEnumerable<(float Score, bool Truth)> rows)
    {
        var bins = Metrics.CalibrationBins(rows);
        return new Reliability(
            group,
            bins.Sum(static bin => bin.Rows),
            bins.Count == 0 ? 0 : Estimate.Round(Metrics.CalibrationError(bins)),
            [.. bins.Select(static bin => new ReliabilityBin(Estimate.Round(bin.Sum / bin.Rows), Rate.From(bin.Positives, bin.Rows)!))]);
    }
}

/// <summary>One bin of a reliability curve.</summary>
/// <param name="Predicted">Mean probability of <c>flagged</c> in the bin.</param>
/// <param name="Observed">Share of its rows that are not benign.</param>
internal sealed record ReliabilityBin(double Predicted, Rate Observed);
