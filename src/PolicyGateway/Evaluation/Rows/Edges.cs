using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Policy;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>The thresholds in force, one pair per head: the bundle's, or the policy's where it has its own.</summary>
internal sealed class Edges
{
    private readonly ImmutableArray<HeadThreshold> _edges;
    private readonly int _flagged;

    /// <exception cref="ArgumentException">The classifier has no head that says whether a text is flagged.</exception>
    public Edges(ClassifierProfile profile, IEnumerable<PolicyCategory> categories)
    {
        _flagged = profile.IndexOf(LabelMap.Flagged);
        if (_flagged < 0)
        {
            throw new ArgumentException($"The model has no head \"{LabelMap.Flagged}\".", nameof(profile));
        }

        var edges = profile.Thresholds.ToArray();
        foreach (var head in categories.Where(category => !category.InheritsScore).GroupBy(category => category.HeadIndex))
        {
            // Several categories of one head hold what the strictest of them holds.
            edges[head.Key] = new HeadThreshold(
                head.Min(category => category.Threshold.Uncertain), head.Min(category => category.Threshold.Flagged));
        }

        _edges = [.. edges];
    }

    public HeadThreshold this[int head] => _edges[head];

    /// <summary>What the scores come to.</summary>
    public ScoredRow Read(RowLabel label, Scores scores, TimeSpan time)
    {
        if (scores.IsUnknown || !AreProbabilities(scores.Probabilities))
        {
            scores = scores.IsUnknown ? scores : Scores.Unknown(UnknownReason.RuntimeFailure, scores.Stage, scores.Model);
            return new ScoredRow(label, scores, 1, double.PositiveInfinity, double.NegativeInfinity, time);
        }

        var (hold, alarm) = (double.NegativeInfinity, double.NegativeInfinity);
        for (var head = 0; head < _edges.Length; head++)
        {
            hold = Math.Max(hold, Margin(scores.Probabilities[head], _edges[head].Uncertain));
            alarm = Math.Max(alarm, Margin(scores.Probabilities[head], _edges[head].Flagged));
        }

        return new ScoredRow(label, scores, scores.Probabilities[_flagged], hold, alarm, time);
    }

    /// <summary>As many values as heads, each in [0, 1]; the policy takes anything else for no verdict, too.</summary>
    private bool AreProbabilities(ImmutableArray<float> values) =>
        values.Length == _edges.Length && values.All(value => value is >= 0 and <= 1);

    /// <summary>Signed as the comparison of the two, exactly: a probability on the edge is at it.</summary>
    private static double Margin(float probability, float edge)
    {
        if (edge <= 0)
        {
            return double.PositiveInfinity;
        }

        var margin = LogOdds(probability) - LogOdds(edge);
        return probability >= edge ? Math.Max(0, double.IsNaN(margin) ? 0 : margin) : Math.Min(margin, -double.Epsilon);
    }

    private static double LogOdds(double probability) => Math.Log(probability / (1 - probability));
}
