using PolicyGateway.Classification.Evaluation;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Tests.Evaluation;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(0, 10, 0, 0.277533)]
    [InlineData(5, 10, 0.236593, 0.763407)]
    [InlineData(10, 10, 0.722467, 1)]
    [InlineData(1, 100, 0.001767, 0.054486)]
    public void A_share_has_the_interval_of_Wilson(int count, int of, double low, double high)
    {
        var rate = Rate.From(count, of)!;

        Assert.Equal((count, of, (double)count / of), (rate.Count, rate.Of, rate.Value));
        Assert.Equal(low, rate.Low, 0.000001);
        Assert.Equal(high, rate.High, 0.000001);
    }

    [Fact]
    public void A_share_of_nothing_is_none() => Assert.Null(Rate.From(0, 0));

    [Fact]
    public void The_area_and_its_interval_are_those_that_DeLong_gives_by_hand()
    {
        // Of 6 pairs 5 are in order. Placements 1, 1, 1/2 and 1, 2/3: variances 1/12 and 1/18, deviation sqrt(1/36 + 1/36).
        var auc = DeLong.Auc([0.8f, 0.6f, 0.4f], [0.5f, 0.3f])!;

        Assert.Equal(0.833333, auc.Value);
        Assert.Equal(0.152293, auc.Low, 0.000001);
        Assert.Equal(0.992865, auc.High, 0.000001);
    }

    [Fact]
    public void Ties_count_half() => Assert.Equal(0.875, DeLong.Auc([0.5f, 0.9f], [0.1f, 0.5f])!.Value);

    [Fact]
    public void The_area_is_that_of_the_trainer_on_scores_with_many_ties()
    {
        var random = new SplitMix(7);
        float[] positives = [.. Enumerable.Range(0, 300).Select(_ => random.Next(20) / 20f)];
        float[] negatives = [.. Enumerable.Range(0, 500).Select(_ => random.Next(15) / 20f)];
        var trainers = Metrics.Auc(positives.Select(score => (score, true)).Concat(negatives.Select(score => (score, false))));

        Assert.Equal(trainers, DeLong.Auc(positives, negatives)!.Value, 0.000001);
    }

    [Fact]
    public void Classes_that_do_not_overlap_are_as_sure_as_the_smaller_one_is_large()
    {
        var auc = DeLong.Auc([.. Enumerable.Repeat(0.9f, 10)], [.. Enumerable.Repeat(0.1f, 500)])!;

        Assert.Equal((1, 0.722467, 1), (auc.Value, auc.Low, auc.High));
    }

    [Fact]
    public void Recall_at_a_fixed_rate_lets_just_so_many_benign_rows_pass()
    {
        // 200 benign scores 0.000 to 0.995: at 1 % two pass, so that the threshold lies just above 0.985; at 0.5 % one, above 0.99.
        var benign = Enumerable.Range(0, 200).Select(i => new Ranked(i / 200f, i >= 190));
        var positives = new[] { 0.2f, 0.985f, 0.986f, 0.9901f, 0.999f }.Select(score => new Ranked(score, score > 0.5f));
        var (points, f1) = OperatingPoints.Of(positives, benign, seed: 1, resamples: 200);

        Assert.Equal([(0.01, 0.6), (0.005, 0.4)], points.Select(point => (point.Fpr, point.Recall.Value)));
        Assert.Equal(0.985, points[0].Threshold, 0.00001);
        Assert.Equal(2 * 4 / (4 + 10 + 5.0), f1!.Value, 0.000001);
        Assert.All(points, point => Assert.InRange(point.Recall.Value, point.Recall.Low, point.Recall.High));
    }

    [Fact]
    public void A_rate_that_no_benign_row_may_pass_gives_no_figure()
    {
        var (points, _) = OperatingPoints.Of([new(0.9f, true)], Enumerable.Repeat(new Ranked(0.1f, false), 99), seed: 1, resamples: 10);

        Assert.Empty(points);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_another_a_like_one()
    {
        var random = new SplitMix(3);
        Ranked[] positives = [.. Enumerable.Range(0, 200).Select(_ => new Ranked(random.Next(1000) / 1000f, true))];
        Ranked[] benign = [.. Enumerable.Range(0, 400).Select(_ => new Ranked(random.Next(700) / 1000f, false))];
        var first = OperatingPoints.Of(positives, benign, seed: 1, resamples: 1000).Recall[0].Recall;
        var again = OperatingPoints.Of(positives, benign, seed: 1, resamples: 1000).Recall[0].Recall;
        var other = OperatingPoints.Of(positives, benign, seed: 2, resamples: 1000).Recall[0].Recall;

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Equal(first.Low, other.Low, 0.03);
        Assert.Equal(first.High, other.High, 0.03);
    }

    [Fact]
    public void Calibration_is_the_mean_gap_weighted_by_rows()
    {
        // Two rows at 0.2 of which one is true, two at 0.8 of which both are: gaps 0.3 and 0.2.
        var curve = Reliability.Of("all", [(0.2f, true), (0.2f, false), (0.8f, true), (0.8f, true)]);

        Assert.Equal(0.25, curve.Ece, 0.000001);
        Assert.Equal([(0.2, 1, 2), (0.8, 2, 2)], curve.Bins.Select(bin => (Math.Round(bin.Predicted, 4), bin.Observed.Count, bin.Observed.Of)));
    }

    [Fact]
    public void Many_rows_make_fifteen_bins_of_like_many()
    {
        var curve = Reliability.Of("all", Enumerable.Range(0, 3000).Select(i => (i / 3000f, i % 2 == 0)));

        Assert.Equal(Enumerable.Repeat(200, 15), curve.Bins.Select(bin => bin.Observed.Of));
    }

    [Fact]
    public void No_rows_have_no_bins() => Assert.Empty(Reliability.Of("all", []).Bins);

    [Fact]
    public void Draws_below_a_bound_are_even()
    {
        var random = SplitMix.For(1, 2);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[random.Next(counts.Length)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }
}
