using PolicyGateway.Classification;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>A row's label with what the classifier says of its text, read through the thresholds in force.</summary>
/// <param name="Label">The truth.</param>
/// <param name="Scores">The classifier's answer.</param>
/// <param name="Flagged">The probability of <c>flagged</c>; 1 where there is no verdict, since such a text is held.</param>
/// <param name="HoldMargin">How far the surest head stands above its lower edge, in log-odds; from 0 on the text is held.</param>
/// <param name="AlarmMargin">The same above the upper edge; from 0 on the text is treated as not benign.</param>
/// <param name="Time">How long the classifier took, without waiting for its turn.</param>
internal sealed record ScoredRow(RowLabel Label, Scores Scores, float Flagged, double HoldMargin, double AlarmMargin, TimeSpan Time)
{
    public bool IsBenign => Label.IsBenign;

    public bool IsUnknown => Scores.IsUnknown;

    /// <summary>Whether the text is at least held from callers who are not cleared.</summary>
    public bool IsHeld => HoldMargin >= 0;

    /// <summary>Whether the text is treated as not benign. One without a verdict is held, and no alarm.</summary>
    public bool Alarms => AlarmMargin >= 0;
}
