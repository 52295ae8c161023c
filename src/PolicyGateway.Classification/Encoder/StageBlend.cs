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

        // Whether a text is of any category is known best by the head that all rows taught, unless one that is taught by its own
        // rows is surer. The likeliest category is as likely as that; each other one is halfway between what its own line says
        // and what follows from how much less likely it is, by the root: a text of two topics is of both.
        var categories = values[..LabelMap.FlaggedIndex];
        var likeliest = Max(categories);
        var flagged = Math.Max(values[LabelMap.FlaggedIndex], likeliest);
        foreach (ref var category in categories)
        {
            category = category == likeliest ? flagged : (category + (flagged * MathF.Sqrt(category / likeliest))) / 2;
        }

        values[LabelMap.FlaggedIndex] = flagged;
        values[LabelMap.ProhibitedIndex] = Math.Min(values[LabelMap.ProhibitedIndex], flagged);
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        var most = values[0];
        foreach (var value in values)
        {
            most = Math.Max(most, value);
        }

        return most;
    }
}
