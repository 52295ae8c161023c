using PolicyGateway.Classification;
using PolicyGateway.Classification.Evaluation;
using PolicyGateway.Training.Evaluating;

namespace PolicyGateway.Training.Calibrating;

/// <summary>
/// The first stage's threshold below which it clears a text, such that it clears no more than a stated share of what the
/// second stage would hold, on sources that neither was trained on.
/// </summary>
/// <param name="Below">The first stage's probability of <c>flagged</c>; 0 clears nothing.</param>
/// <param name="Held">Rows that the second stage holds.</param>
/// <param name="Missed">Those among them that are cleared.</param>
/// <param name="MissedLow">Lower end of the 95 % interval of the share missed (Wilson).</param>
/// <param name="MissedHigh">Upper end.</param>
/// <param name="BenignCleared">Share of the benign rows that are cleared, the mean over the sources.</param>
internal sealed record ClearingChoice(float Below, int Held, int Missed, double MissedLow, double MissedHigh, double BenignCleared)
{
    public static ClearingChoice Choose(IReadOnlyList<(StageScores Stages, Scored Scored)> rows, TextKind kind, IReadOnlyList<HeadThreshold> bands, double missRate)
    {
        var ofKind = rows.Where(row => row.Stages.Row.Kind == kind).ToArray();
        var held = ofKind.Where(row => row.Scored.IsUncertain([.. bands])).Select(static row => First(row.Stages)).Order().ToArray();
        var allowed = (int)(held.Length * missRate);

        // As many as are allowed lie below the next one's score.
        var below = held.Length == 0 ? 0 : Math.Max(0, held[Math.Min(allowed, held.Length - 1)]);
        var missed = held.Count(score => score < below);
        var (low, high) = held.Length == 0 ? (0, 1) : Wilson.Interval(missed, held.Length);
        var benign = ofKind.Where(static row => row.Stages.Row.IsBenign).GroupBy(static row => row.Stages.Row.Source)
            .Select(source => (double)source.Count(row => First(row.Stages) < below) / source.Count()).ToArray();
        return new ClearingChoice(below, held.Length, missed, low, high, benign.Length == 0 ? 0 : benign.Average());
    }

    public override string ToString() => FormattableString.Invariant(
        $"below {Below:0.0000}: misses {Missed} of {Held} that the second stage holds ({(Held == 0 ? 0 : 100.0 * Missed / Held):0.00} %, 95 % interval {100 * MissedLow:0.00} to {100 * MissedHigh:0.00}), clears {100 * BenignCleared:0.0} % of benign rows");

    private static float First(StageScores row) => row.Ngram[LabelMap.FlaggedIndex];
}
