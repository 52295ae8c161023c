using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Evaluating;

/// <summary>A row with its calibrated probabilities, read through the bands of a bundle.</summary>
internal sealed record Scored(Row Row, float[] Probabilities)
{
    public float Flagged => Probabilities[LabelMap.FlaggedIndex];

    /// <summary>Whether any head reaches its upper edge: the text is treated as not benign.</summary>
    public bool Alarms(ImmutableArray<HeadThreshold> bands) => Reaches(bands, band => band.Flagged);

    /// <summary>Whether any head reaches its lower edge: the text is at least held.</summary>
    public bool IsUncertain(ImmutableArray<HeadThreshold> bands) => Reaches(bands, band => band.Uncertain);

    private bool Reaches(ImmutableArray<HeadThreshold> bands, Func<HeadThreshold, float> edge)
    {
        for (var head = 0; head < bands.Length; head++)
        {
            if (Probabilities[head] >= edge(bands[head]))
            {
                return true;
            }
        }

        return false;
    }
}
