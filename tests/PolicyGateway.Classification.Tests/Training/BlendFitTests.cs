using PolicyGateway.Training.Calibrating;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Classification.Tests.Training;

/// <summary>The lines from both stages' logits to a probability.</summary>
public sealed class BlendFitTests
{
    private const string Head = "cyber";

    private static readonly Row Benign = RowReader.Read(Shipped.ReferenceTexts).First(static row => row.IsBenign) with { Kind = TextKind.Prompt };
    private static readonly Row Harmful = Benign with { Categories = [Head], Severity = "dual_use" };

    [Fact]
    public void Both_stages_are_listened_to_where_both_know_something()
    {
        var line = Fit(encoder: 0.8, ngram: 0.5);

        Assert.InRange(line.Encoder, 0.3f, 3);
        Assert.InRange(line.Ngram, 0.05f, line.Encoder);
    }

    [Fact]
    public void A_first_stage_that_seems_the_better_of_the_two_weighs_no_more_than_the_second()
    {
        var line = Fit(encoder: 0.1, ngram: 0.95);

        Assert.Equal(line.Encoder, line.Ngram);
    }

    [Fact]
    public void A_first_stage_that_speaks_against_the_truth_is_not_listened_to()
    {
        var line = Fit(encoder: 0.8, ngram: -0.5);

        Assert.Equal(0, line.Ngram);
        Assert.InRange(line.Encoder, 0.3f, 3);
    }

    /// <summary>A thousand rows, of which each stage knows the truth in a share; a negative share is wrong that often.</summary>
    private static Classification.Encoder.BlendLine Fit(double encoder, double ngram)
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 1000).Select(i =>
        {
            var isTrue = i % 2 == 0;
            return new StageScores(isTrue ? Harmful : Benign, Logits(Says(encoder)), [.. Logits(Says(ngram)).Select(static logit => 1 / (1 + MathF.Exp(-logit)))]);

            float Says(double share) => random.NextDouble() < Math.Abs(share) ? (isTrue == share > 0 ? 2 : -2) : (random.Next(2) * 4) - 2;
        }).ToArray();
        return BlendFit.Fit(rows, TextKind.Prompt)[Head];
    }

    private static float[] Logits(float value) => [.. Enumerable.Repeat(value, LabelMap.HeadCount)];
}
