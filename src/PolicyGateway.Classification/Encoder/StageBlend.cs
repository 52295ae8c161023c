using System.Collections.Immutable;

namespace PolicyGateway.Classification.Encoder;

/// <summary>Both stages' scores to calibrated probabilities.</summary>
internal static class StageBlend
{
    // A first stage that is sure beyond this has nothing more to say.
    private const float SteepestLogit = 12;

    /// <summary>The logit of a probability, bounded.</summary>
    public static float Logit(float probability) =>
        Math.Clamp(MathF.Log(probability) - MathF.Log(1 - probability), -SteepestLogit, SteepestLogit);

    /// <summary>Replaces the second stage's logits in <paramref name="values"/> by probabilities.</summary>
    /// <param name="lines">One per head.</param>
    /// <param name="ngram">The first stage's probabilities.</param>
    /// <param name="values">One per head.</param>
    public static void Apply(ImmutableArray<BlendLine> lines, ReadOnlySpan<float> ngram, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = 1f / (1f + MathF.Exp(-((lines[i].Encoder * values[i]) + (lines[i].Ngram * Logit(ngram[i])) + lines[i].Offset)));
        }

        // A text of a category is flagged by definition, so no head may be surer than that one.
        var flagged = values[LabelMap.FlaggedIndex];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Math.Min(values[i], flagged);
        }
    }
}
