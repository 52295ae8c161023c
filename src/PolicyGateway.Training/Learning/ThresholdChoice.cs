using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Evaluation;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Learning;

/// <summary>
/// Chooses each head's band by the false alarms it costs on benign rows whose source was left out,
/// the mean of research sets and contrast groups.
/// </summary>
internal static class ThresholdChoice
{
    // A rare head reaches its share of false alarms at probabilities that nobody would act on.
    private const float LowestFlagged = 0.15f;
    private const float LowestUncertain = 0.05f;
    private const float Highest = 0.97f;

    public static ImmutableArray<HeadThreshold> Choose(IReadOnlyList<Row> rows, float[][] probabilities) =>
        [.. Enumerable.Range(0, LabelMap.HeadCount).Select(head => ChooseHead(rows, probabilities, head))];

    private static HeadThreshold ChooseHead(IReadOnlyList<Row> rows, float[][] probabilities, int head)
    {
        var (flaggedShare, uncertainShare) = head == LabelMap.FlaggedIndex ? (0.02, 0.08) : (0.01, 0.04);
        var flagged = AtFalseAlarms(rows, probabilities, head, flaggedShare, row => row.IsBenign);
        var uncertain = AtFalseAlarms(rows, probabilities, head, uncertainShare, row => row.IsBenign);
        if (head == LabelMap.ProhibitedIndex)
        {
            // No credential opens "prohibited", so it must not swallow what a professional may read.
            flagged = Math.Max(flagged, AtFalseAlarms(rows, probabilities, head, 0.10, row => row.Severity == "dual_use"));
        }

        flagged = Math.Clamp(flagged, LowestFlagged, Highest);
        return new HeadThreshold(Round(Math.Clamp(uncertain, LowestUncertain, flagged)), Round(flagged));
    }

    private static float AtFalseAlarms(IReadOnlyList<Row> rows, float[][] probabilities, int head, double share, Func<Row, bool> counts)
    {
        var written = Metrics.Quantile(Scores(row => row.IsWritten), share);
        var research = Metrics.Quantile(Scores(row => !row.IsWritten), share);
        return (written + research) / 2;

        IEnumerable<float> Scores(Func<Row, bool> part) =>
            Enumerable.Range(0, rows.Count).Where(i => counts(rows[i]) && part(rows[i])).Select(i => probabilities[i][head]);
    }

    private static float Round(float value) => MathF.Round(value, 3);
}
