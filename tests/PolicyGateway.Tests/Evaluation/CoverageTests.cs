using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Tests.Evaluation;

/// <summary>Whether intervals hold the truth about as often as they say, over data sets drawn from a known one.</summary>
public sealed class CoverageTests
{
    private const int Sets = 400;

    [Theory]
    [InlineData(0.02, 100)]
    [InlineData(0.3, 40)]
    [InlineData(0.9, 60)]
    public void The_interval_of_a_share(double share, int rows)
    {
        var random = new SplitMix(11);
        var held = CountSets(_ =>
        {
            var rate = Rate.From(Enumerable.Range(0, rows).Count(_ => Uniform(random) < share), rows)!;
            return rate.Low <= share && share <= rate.High;
        });

        Assert.InRange(held, 0.92, 0.99);
    }

    [Fact]
    public void The_interval_of_an_area()
    {
        // Two normal distributions one deviation apart: the area is that below 1 / sqrt(2).
        const double Area = 0.760250;
        var random = new SplitMix(12);
        var held = CountSets(_ =>
        {
            var auc = DeLong.Auc(Normals(random, 40, 1), Normals(random, 60, 0))!;
            return auc.Low <= Area && Area <= auc.High;
        });

        Assert.InRange(held, 0.92, 0.98);
    }

    [Fact]
    public void The_interval_of_recall_at_a_fixed_rate()
    {
        // The hundredth part of a normal distribution lies above 2.326348; of one two deviations up, 0.372 do.
        const double Recall = 0.372;
        var random = new SplitMix(13);
        var held = CountSets(_ =>
        {
            var point = OperatingPoints.Of(
                Normals(random, 200, 2).Select(score => new Ranked(score, false)),
                Normals(random, 1000, 0).Select(score => new Ranked(score, false)),
                seed: 1,
                resamples: 200).Recall[0];
            return point.Recall.Low <= Recall && Recall <= point.Recall.High;
        });

        // A percentile in the tail of few rows is a coarse thing: the interval is known to be a little short.
        Assert.InRange(held, 0.87, 0.99);
    }

    private static double CountSets(Func<int, bool> holds) => Enumerable.Range(0, Sets).Count(holds) / (double)Sets;

    private static float[] Normals(SplitMix random, int count, double mean) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(mean + Normal(random)))];

    private static double Normal(SplitMix random) =>
        Math.Sqrt(-2 * Math.Log(1 - Uniform(random))) * Math.Cos(2 * Math.PI * Uniform(random));

    private static double Uniform(SplitMix random) => (random.Next() >> 11) / (double)(1UL << 53);
}
