using System.Collections.Immutable;

namespace PolicyGateway.Classification.Ngram;

/// <summary>Logits to probabilities by a line per head (Platt), separate for prompts and completions.</summary>
internal sealed record Calibration(ImmutableArray<PlattLine> Prompt, ImmutableArray<PlattLine> Completion)
{
    /// <summary>Replaces the logits in <paramref name="values"/> by probabilities.</summary>
    public void Apply(TextKind kind, Span<float> values)
    {
        var lines = (kind == TextKind.Prompt ? Prompt : Completion).AsSpan();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = 1f / (1f + MathF.Exp(-((lines[i].Slope * values[i]) + lines[i].Offset)));
        }

        // A text of a category is flagged by definition, so no head may be surer than that one. It mends short texts most.
        var flagged = values[LabelMap.FlaggedIndex];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Math.Min(values[i], flagged);
        }
    }
}

/// <summary>Probability = sigmoid(slope * logit + offset).</summary>
internal readonly record struct PlattLine(float Slope, float Offset);
