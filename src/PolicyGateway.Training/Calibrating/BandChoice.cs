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
    private const int FewestOfSource = 50;
    private const int Steps = 40;

    /// <param name="rows">Rows that no weight was trained on.</param>
    /// <param name="heldShare">Share of the benign rows that may be held; half of it may alarm.</param>
    public static ImmutableArray<HeadThreshold> Choose(IReadOnlyList<Scored> rows, double heldShare)
    {
        var benign = Sources(rows.Where(static row => row.Row.IsBenign));
        var dualUse = Sources(rows.Where(static row => row.Row.Severity == "dual_use"));
        var any = Band(At(benign, LabelMap.FlaggedIndex, heldShare), At(benign, LabelMap.FlaggedIndex, heldShare / 2));

        // No credential opens "prohibited", so it must not swallow what a professional may read.
        var prohibited = Band(
            At(benign, LabelMap.ProhibitedIndex, heldShare / 2),
            Math.Max(At(benign, LabelMap.ProhibitedIndex, heldShare / 4), At(dualUse, LabelMap.ProhibitedIndex, 0.10)));
        return [.. Enumerable.Range(0, LabelMap.HeadCount).Select(head => head == LabelMap.ProhibitedIndex ? prohibited : any)];
    }

    private static HeadThreshold Band(float uncertain, float flagged) =>
        new(MathF.Round(Math.Min(uncertain, flagged), 3), MathF.Round(flagged, 3));

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
