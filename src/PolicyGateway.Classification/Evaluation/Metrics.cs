namespace PolicyGateway.Classification.Evaluation;

/// <summary>Rank statistics over scores, shared by the trainer and by whoever evaluates a running classifier.</summary>
public static class Metrics
{
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
}
