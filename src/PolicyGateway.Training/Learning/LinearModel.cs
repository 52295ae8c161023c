using System.Runtime.Intrinsics;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Training.Learning;

/// <summary>A weight per slot of the vocabulary and head, in rows of sixteen. A text's logits are the scaled sum of its rows.</summary>
internal sealed class LinearModel(int slots)
{
    public const int Heads = LabelMap.HeadCount;

    public int Slots { get; } = slots;

    public float[] Weights { get; } = new float[slots * Heads];

    /// <summary>Writes the logits of one window, without a bias: calibration adds one per kind.</summary>
    public void Score(ReadOnlySpan<int> ids, Span<float> logits)
    {
        var low = Vector256<float>.Zero;
        var high = Vector256<float>.Zero;
        foreach (var id in ids)
        {
            var row = Weights.AsSpan(id * Heads, Heads);
            low += Vector256.Create(row);
            high += Vector256.Create(row[8..]);
        }

        var scale = FeaturizerSpec.Current.ScaleOf(ids.Length);
        (low * scale).CopyTo(logits);
        (high * scale).CopyTo(logits[8..]);
    }

    /// <summary>The logits of a row: the maximum over its windows, per head.</summary>
    public float[] ScoreRow(Instances instances, int row)
    {
        var maximum = new float[Heads];
        Array.Fill(maximum, float.NegativeInfinity);
        Span<float> logits = stackalloc float[Heads];
        for (var i = instances.FirstOfRow[row]; i < instances.FirstOfRow[row + 1]; i++)
        {
            Score(instances.Features(i), logits);
            for (var head = 0; head < Heads; head++)
            {
                maximum[head] = Math.Max(maximum[head], logits[head]);
            }
        }

        return maximum;
    }
}
