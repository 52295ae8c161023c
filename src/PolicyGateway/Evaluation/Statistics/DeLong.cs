using PolicyGateway.Classification.Evaluation;

namespace PolicyGateway.Evaluation.Statistics;

/// <summary>Area under the ROC curve with DeLong's variance (Biometrics 44, 1988), which needs no resampling.</summary>
internal static class DeLong
{
    /// <summary>The area, ties counted half, with its 95 % interval; null where a class is missing.</summary>
    /// <remarks>
    /// The interval is made on the logit scale, so that it stays in [0, 1]. Without any overlap of the classes the variance
    /// is zero and says nothing: then it is Wilson's for as many rows as the smaller class has.
    /// </remarks>
    public static Estimate? Auc(IReadOnlyCollection<float> positives, IReadOnlyCollection<float> negatives)
    {
        if (positives.Count == 0 || negatives.Count == 0)
        {
            return null;
        }

        float[] above = [.. positives.Order()];
        float[] below = [.. negatives.Order()];
        var (auc, varianceOfPositives) = Placements(above, below);
        var (_, varianceOfNegatives) = Placements(below, above);
        var deviation = Math.Sqrt((varianceOfPositives / above.Length) + (varianceOfNegatives / below.Length));
        if (deviation == 0)
        {
            var rows = Math.Min(above.Length, below.Length);
            var (low, high) = Wilson.Interval(auc * rows, rows);
            return Estimate.Of(auc, low, high);
        }

        var logit = Math.Log(auc / (1 - auc));
        var half = Wilson.Z95 * deviation / (auc * (1 - auc));
        return Estimate.Of(auc, Logistic(logit - half), Logistic(logit + half));
    }

    /// <summary>Mean and sample variance of the share of <paramref name="others"/> that each score stands above.</summary>
    private static (double Mean, double Variance) Placements(float[] scores, float[] others)
    {
        double sum = 0, squares = 0;
        var (less, lessOrEqual) = (0, 0);
        foreach (var score in scores)
        {
            while (less < others.Length && others[less] < score)
            {
                less++;
            }

            while (lessOrEqual < others.Length && others[lessOrEqual] <= score)
            {
                lessOrEqual++;
            }

            var share = (less + lessOrEqual) / (2.0 * others.Length);
            sum += share;
            squares += share * share;
        }

        var mean = sum / scores.Length;
        var variance = scores.Length < 2 ? 0 : Math.Max(0, (squares - (sum * mean)) / (scores.Length - 1));

        // What is left of a variance of zero after rounding.
        return (mean, variance < 1e-15 ? 0 : variance);
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));
}
