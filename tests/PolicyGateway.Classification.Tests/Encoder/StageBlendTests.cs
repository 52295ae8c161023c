using System.Collections.Immutable;
using PolicyGateway.Classification.Encoder;

namespace PolicyGateway.Classification.Tests.Encoder;

/// <summary>How both stages' scores become the probabilities that the policy reads.</summary>
public sealed class StageBlendTests
{
    private static readonly ImmutableArray<BlendLine> Encoder = [.. Enumerable.Repeat(new BlendLine(1, 0, 0), LabelMap.HeadCount)];

    [Fact]
    public void The_likeliest_category_is_as_likely_as_flagged()
    {
        var probabilities = Apply(new() { ["cyber"] = 0.2f, ["flagged"] = 0.8f });

        Assert.Equal(0.8f, probabilities["flagged"], 1e-5f);
        Assert.Equal(0.8f, probabilities["cyber"], 1e-5f);
    }

    [Fact]
    public void A_category_that_is_surer_than_flagged_makes_the_text_flagged()
    {
        var probabilities = Apply(new() { ["self_harm"] = 0.9f, ["flagged"] = 0.1f });

        Assert.Equal(0.9f, probabilities["flagged"], 1e-5f);
        Assert.Equal(0.9f, probabilities["self_harm"], 1e-5f);
    }

    [Fact]
    public void Another_category_is_halfway_between_its_own_line_and_the_root_of_how_much_less_likely_it_is()
    {
        var probabilities = Apply(new() { ["cyber"] = 0.4f, ["fraud"] = 0.1f, ["flagged"] = 0.8f });

        Assert.Equal((0.1f + (0.8f * 0.5f)) / 2, probabilities["fraud"], 1e-5f);
    }

    [Fact]
    public void No_head_is_surer_than_flagged_whatever_the_stages_say()
    {
        var random = new Random(20261127);
        for (var round = 0; round < 1000; round++)
        {
            var values = Enumerable.Range(0, LabelMap.HeadCount).Select(_ => (float)(random.NextDouble() * 32) - 16).ToArray();
            var ngram = Enumerable.Range(0, LabelMap.HeadCount).Select(_ => (float)random.NextDouble()).ToArray();

            StageBlend.Apply([.. Enumerable.Repeat(new BlendLine(0.7f, 0.4f, -1), LabelMap.HeadCount)], ngram, values);

            Assert.All(values, value => Assert.InRange(value, 0, values[LabelMap.FlaggedIndex]));
            Assert.Equal(values[LabelMap.FlaggedIndex], values[..LabelMap.FlaggedIndex].Max());
        }
    }

    private static Dictionary<string, float> Apply(Dictionary<string, float> said)
    {
        var values = LabelMap.Heads.Select(head => said.TryGetValue(head, out var probability) ? StageBlend.Logit(probability) : -12).ToArray();
        StageBlend.Apply(Encoder, new float[LabelMap.HeadCount], values);
        return LabelMap.Heads.Zip(values).ToDictionary(static pair => pair.First, static pair => pair.Second);
    }
}
