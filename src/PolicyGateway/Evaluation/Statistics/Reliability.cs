namespace PolicyGateway.Evaluation.Statistics;

/// <summary>How well probabilities agree with what came true, over one group of rows.</summary>
/// <param name="Group">The group: <c>all</c>, a kind, or a language.</param>
/// <param name="Rows">Rows with a verdict.</param>
/// <param name="Ece">Expected calibration error: the mean gap between probability and share, weighted by rows; in [0, 1].</param>
/// <param name="Bins">Bins of like many rows, by rising probability.</param>
internal sealed record Reliability(string Group, int Rows, double Ece, IReadOnlyList<ReliabilityBin> Bins)
{
    private const int MostBins = 15;

    /// <summary>Cuts the rows into 15 bins of like many rows; fewer where rows are few, or share a score, which no edge parts.</summary>
    public static Reliability Of(string group, IEnumerable<(float Score, bool Truth)> rows)
    {
        var sorted = rows.OrderBy(row => row.Score).ToArray();
        var bins = new List<ReliabilityBin>();
        var gap = 0.0;
        var count = Math.Min(MostBins, sorted.Length);
        for (int i = 0, from = 0; i < count; i++)
        {
            var to = Math.Max(from, (int)((long)(i + 1) * sorted.Length / count));
            while (to > from && to < sorted.Length && sorted[to].Score == sorted[to - 1].Score)
            {
                to++;
            }

            if (to == from)
            {
                continue;
            }

            var bin = sorted.AsSpan(from..to);
            double sum = 0;
            var positives = 0;
            foreach (var (score, truth) in bin)
            {
                sum += score;
                positives += truth ? 1 : 0;
            }

            gap += Math.Abs(sum - positives);
            bins.Add(new ReliabilityBin(Estimate.Round(sum / bin.Length), Rate.From(positives, bin.Length)!));
            from = to;
        }

        return new Reliability(group, sorted.Length, sorted.Length == 0 ? 0 : Estimate.Round(gap / sorted.Length), bins);
    }
}

/// <summary>One bin of a reliability curve.</summary>
/// <param name="Predicted">Mean probability of <c>flagged</c> in the bin.</param>
/// <param name="Observed">Share of its rows that are not benign.</param>
internal sealed record ReliabilityBin(double Predicted, Rate Observed);
