using PolicyGateway.Classification.Evaluation;

namespace PolicyGateway.Evaluation.Statistics;

/// <summary>Recall where the threshold is chosen so that a fixed share of the benign rows reaches it.</summary>
/// <param name="Fpr">The share of the benign rows that may reach the threshold: the false-positive rate.</param>
/// <param name="Threshold">The smallest threshold on <c>flagged</c> that at most that share reaches.</param>
/// <param name="Recall">Share of the other rows that reach it, with a bootstrap interval.</param>
internal sealed record OperatingPoint(double Fpr, double Threshold, Estimate Recall);

/// <summary>One row as the bootstrap sees it.</summary>
/// <param name="Score">The probability of <c>flagged</c>.</param>
/// <param name="Alarms">Whether any head reaches its upper edge.</param>
internal readonly record struct Ranked(float Score, bool Alarms);

/// <summary>
/// Figures that have no formula for their interval: recall at a fixed false-positive rate, whose threshold is itself an
/// estimate, and F1. Both classes are resampled within themselves, with a seed; the interval is that of the percentiles.
/// </summary>
internal sealed class OperatingPoints
{
    public static readonly double[] Fprs = [0.01, 0.005, 0.001];

    private readonly Ranked[] _positives;
    private readonly Ranked[] _negatives;

    // For each benign rank, how many positives stand above it.
    private readonly int[] _above;

    private OperatingPoints(IEnumerable<Ranked> positives, IEnumerable<Ranked> negatives)
    {
        _positives = [.. positives.OrderByDescending(row => row.Score)];
        _negatives = [.. negatives.OrderByDescending(row => row.Score)];
        _above = new int[_negatives.Length];
        for (int rank = 0, above = 0; rank < _negatives.Length; rank++)
        {
            while (above < _positives.Length && _positives[above].Score > _negatives[rank].Score)
            {
                above++;
            }

            _above[rank] = above;
        }
    }

    /// <summary>One point per rate that the benign rows are enough for: at least one of them may pass the threshold.</summary>
    public static (IReadOnlyList<OperatingPoint> Recall, Estimate? F1) Of(
        IEnumerable<Ranked> positives, IEnumerable<Ranked> negatives, int seed, int resamples)
    {
        var rows = new OperatingPoints(positives, negatives);
        if (rows._positives.Length == 0 || rows._negatives.Length == 0)
        {
            return ([], null);
        }

        int[] passing = [.. Fprs.Select(fpr => (int)(rows._negatives.Length * fpr))];
        var drawn = rows.Resample(passing, SplitMix.For(seed, 0), resamples);
        var points = new List<OperatingPoint>();
        for (var i = 0; i < passing.Length; i++)
        {
            if (passing[i] > 0)
            {
                var threshold = Metrics.Quantile(rows._negatives.Select(row => row.Score), Fprs[i]);
                var recall = (double)rows._above[passing[i]] / rows._positives.Length;
                points.Add(new OperatingPoint(Fprs[i], Estimate.Round(threshold), Percentiles(recall, drawn[i])));
            }
        }

        var f1 = F1(rows._positives.Count(row => row.Alarms), rows._negatives.Count(row => row.Alarms), rows._positives.Length);
        return (points, Percentiles(f1, drawn[^1]));
    }

    /// <summary>The harmonic mean of precision and recall.</summary>
    internal static double F1(int truePositives, int falsePositives, int positives) =>
        2.0 * truePositives / (truePositives + falsePositives + positives);

    /// <summary>Per rate the recall of each resample, then its F1.</summary>
    private double[][] Resample(int[] passing, SplitMix random, int resamples)
    {
        double[][] drawn = [.. Enumerable.Range(0, passing.Length + 1).Select(_ => new double[resamples])];
        var positives = new int[_positives.Length];
        var negatives = new int[_negatives.Length];
        for (var round = 0; round < resamples; round++)
        {
            var alarms = (True: Draw(_positives, positives, random), False: Draw(_negatives, negatives, random));
            for (var i = 0; i < passing.Length; i++)
            {
                drawn[i][round] = (double)CountOf(positives, _above[RankOf(negatives, passing[i])]) / _positives.Length;
            }

            drawn[^1][round] = F1(alarms.True, alarms.False, _positives.Length);
        }

        return drawn;
    }

    /// <summary>Draws as many rows as there are, with replacement, and counts each; returns how many of those drawn alarm.</summary>
    private static int Draw(Ranked[] rows, int[] counts, SplitMix random)
    {
        Array.Clear(counts);
        var alarms = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var drawn = random.Next(rows.Length);
            counts[drawn]++;
            alarms += rows[drawn].Alarms ? 1 : 0;
        }

        return alarms;
    }

    /// <summary>The original rank of the row that stands at <paramref name="position"/> in the resample.</summary>
    private static int RankOf(int[] counts, int position)
    {
        var rank = 0;
        for (var passed = counts[0]; passed <= position; passed += counts[rank])
        {
            rank++;
        }

        return rank;
    }

    private static int CountOf(int[] counts, int ranks)
    {
        var count = 0;
        for (var rank = 0; rank < ranks; rank++)
        {
            count += counts[rank];
        }

        return count;
    }

    private static Estimate Percentiles(double value, double[] drawn)
    {
        Array.Sort(drawn);
        return Estimate.Of(value, drawn[(int)(0.025 * (drawn.Length - 1))], drawn[(int)Math.Ceiling(0.975 * (drawn.Length - 1))]);
    }
}
