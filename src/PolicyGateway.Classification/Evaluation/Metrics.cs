namespace PolicyGateway.Classification.Evaluation;

/// <summary>Rank statistics over scores, shared by the trainer and by whoever evaluates a running classifier.</summary>
public static class Metrics
{
    private const int MostBins = 15;

    /// <summary>Area under the ROC curve, ties counted half; NaN where a class is missing.</summary>
    public static double Auc(IEnumerable<(float Score, bool Truth)> rows)
    {
        var sorted = rows.OrderBy(row => row.Score).ToArray();
        double positives = sorted.Count(row => row.Truth);
        var negatives = sorted.Length - positives;
        var rankSum = 0.0;
        for (var i = 0; i < sorted.Length;)
        {
            var j = i;
            while (j < sorted.Length && sorted[j].Score == sorted[i].Score)
            {
                j++;
            }

            for (var k = i; k < j; k++)
            {
                rankSum += sorted[k].Truth ? (i + j + 1) / 2.0 : 0;
            }

            i = j;
        }

        return positives == 0 || negatives == 0 ? double.NaN : (rankSum - (positives * (positives + 1) / 2)) / (positives * negatives);
    }

    /// <summary>The smallest threshold that at most <paramref name="share"/> of the scores reach.</summary>
    public static float Quantile(IEnumerable<float> scores, double share)
    {
        var sorted = scores.OrderDescending().ToArray();
        var at = (int)(sorted.Length * share);
        return sorted.Length == 0 ? float.NaN : MathF.BitIncrement(sorted[Math.Min(at, sorted.Length - 1)]);
    }

    /// <summary>Share of the rows that reach the threshold; NaN of none.</summary>
    public static double Rate(IReadOnlyCollection<float> scores, float threshold) =>
        scores.Count == 0 ? double.NaN : (double)scores.Count(score => score >= threshold) / scores.Count;

    /// <summary>
    /// Rows by rising score in 15 bins of like many; fewer where rows are few, or share a score, which no edge parts.
    /// </summary>
    public static IReadOnlyList<CalibrationBin> CalibrationBins(IEnumerable<(float Score, bool Truth)> rows)
    {
        var sorted = rows.OrderBy(row => row.Score).ToArray();
        var bins = new List<CalibrationBin>();
        var count = Math.Min(MostBins, sorted.Length);
        for (int i = 0, from = 0; i < count; i++)
        {
            var to = Math.Max(from, (int)((long)(i + 1) * sorted.Length / count));
            while (to > from && to < sorted.Length && sorted[to].Score == sorted[to - 1].Score)
            {
                to++;
            }

            if (to > from)
            {
                var bin = sorted[from..to];
                bins.Add(new CalibrationBin(bin.Length, bin.Sum(static row => (double)row.Score), bin.Count(static row => row.Truth)));
                from = to;
            }
        }

        return bins;
    }

    /// <summary>Expected calibration error: the mean gap between probability and share over the bins, weighted by rows; NaN of none.</summary>
    public static double CalibrationError(IReadOnlyCollection<CalibrationBin> bins) =>
        bins.Count == 0 ? double.NaN : bins.Sum(static bin => Math.Abs(bin.Sum - bin.Positives)) / bins.Sum(static bin => bin.Rows);
}

/// <summary>Rows of like probability.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Sum">Sum of their probabilities: so many should be true.</param>
/// <param name="Positives">How many are.</param>
public readonly record struct CalibrationBin(int Rows, double Sum, int Positives);
