using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Calibrating;

/// <summary>
/// Chooses each head's band by the false alarms that it costs on benign rows of sources that no stage was trained on, the mean
/// over the sources: one large easy set must not buy alarms on a small hard one.
/// </summary>
internal static class BandChoice
{
    // A rare head reaches its share of false alarms at probabilities that nobody would act on.
    private const float LowestFlagged = 0.15f;
    private const float LowestUncertain = 0.05f;
    private const float Highest = 0.97f;
    private const int FewestOfSource = 50;
    private const int Steps = 40;

    /// <param name="rows">Rows that no weight was trained on.</param>
    /// <param name="heldShare">Share of the benign rows that any head may hold; a third of it may alarm.</param>
    public static ImmutableArray<HeadThreshold> Choose(IReadOnlyList<Scored> rows, double heldShare)
    {
        var benign = Sources(rows.Where(static row => row.Row.IsBenign));
        var dualUse = Sources(rows.Where(static row => row.Row.Severity == "dual_use"));
        var uncertain = Together(benign, heldShare, LowestUncertain);
        var flagged = Together(benign, heldShare / 3, LowestFlagged);

        // No credential opens "prohibited", so it must not swallow what a professional may read.
        flagged[LabelMap.ProhibitedIndex] = Math.Max(flagged[LabelMap.ProhibitedIndex], At(dualUse, LabelMap.ProhibitedIndex, 0.10));
        return [.. uncertain.Zip(flagged, static (low, high) => Math.Clamp(high, LowestFlagged, Highest) is var edge
            ? new HeadThreshold(MathF.Round(Math.Min(low, edge), 3), MathF.Round(edge, 3))
            : default)];
    }

    /// <summary>Thresholds of all heads that a share of the rows reaches by any: a category costs half of what <c>flagged</c> may.</summary>
    private static float[] Together(List<Scored[]> sources, double share, float lowest)
    {
        var (low, high) = (0.0, share * 2);
        float[] thresholds = [];
        for (var step = 0; step < Steps / 3; step++)
        {
            var part = (low + high) / 2;
            thresholds = [.. Enumerable.Range(0, LabelMap.HeadCount).Select(head => Math.Max(lowest, At(sources, head, head == LabelMap.FlaggedIndex ? part : part / 2)))];
            var reached = sources.Average(source => (double)source.Count(row => row.Probabilities.Zip(thresholds).Any(static pair => pair.First >= pair.Second)) / source.Length);
            (low, high) = reached > share ? (low, part) : (part, high);
        }

        return thresholds;
    }

    private static List<Scored[]> Sources(IEnumerable<Scored> rows) =>
        [.. rows.GroupBy(static row => row.Row.Source).Select(static group => group.ToArray()).Where(static group => group.Length >= FewestOfSource)];

    /// <summary>The threshold that a share of the rows reaches, as the mean over the sources, found by halving.</summary>
    private static float At(List<Scored[]> sources, int head, double share)
    {
        var (low, high) = (0f, 1f);
        for (var step = 0; step < Steps; step++)
        {
            var middle = (low + high) / 2;
            var reached = sources.Average(source => (double)source.Count(row => row.Probabilities[head] >= middle) / source.Length);
            (low, high) = reached > share ? (middle, high) : (low, middle);
        }

        return high;
    }
}
