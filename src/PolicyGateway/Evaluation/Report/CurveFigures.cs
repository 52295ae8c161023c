using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Report;

/// <summary>One point of the ROC curve.</summary>
/// <param name="Threshold">The threshold on <c>flagged</c>.</param>
/// <param name="Fpr">Share of the benign rows with a verdict that reach it.</param>
/// <param name="Recall">Share of the other rows with a verdict that reach it.</param>
internal sealed record RocPoint(double Threshold, double Fpr, double Recall);

/// <summary>False holds against misses.</summary>
/// <param name="Shipped">Where the thresholds in force stand.</param>
/// <param name="Flagged">The sweep of a threshold on <c>flagged</c> alone, other heads left out.</param>
/// <param name="AllThresholds">The sweep of a factor on the odds of every lower edge; 1 is in force now, a smaller one holds more.</param>
internal sealed record FrontierFigures(FrontierPoint Shipped, IReadOnlyList<FrontierPoint> Flagged, IReadOnlyList<FrontierPoint> AllThresholds);

/// <summary>One position of a dial.</summary>
/// <param name="Dial">The position: a threshold in [0, 1], or a factor.</param>
/// <param name="FalseHolds">Share of the benign rows that are held there.</param>
/// <param name="Misses">Share of the other rows that are not.</param>
internal sealed record FrontierPoint(double Dial, Rate? FalseHolds, Rate? Misses);

/// <summary>Who bears the false holds.</summary>
/// <param name="All">The false-hold rate of all benign rows.</param>
/// <param name="Languages">The same by language, the highest rate first.</param>
internal sealed record EquityFigures(Rate? All, IReadOnlyList<LanguageEquity> Languages);

/// <summary>The false holds of one language.</summary>
/// <param name="Language">The language's code.</param>
/// <param name="FalseHolds">Share of its benign rows that are held.</param>
/// <param name="Ratio">That share over the share of all benign rows; null where none is held.</param>
/// <param name="Stands">What the interval says: <c>above</c> or <c>below</c> the share of all, <c>alike</c>, or <c>too_few</c> of fewer than 10 benign rows.</param>
internal sealed record LanguageEquity(string Language, Rate FalseHolds, double? Ratio, string Stands);

/// <summary>How many texts a later stage decided.</summary>
/// <param name="FirstStage">The name of the first stage.</param>
/// <param name="Rate">Share of all rows that another stage decided.</param>
/// <param name="Stages">Every stage, the busiest first.</param>
internal sealed record EscalationFigures(string FirstStage, Rate? Rate, IReadOnlyList<StageFigures> Stages);

/// <summary>The rows that one stage decided.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Rows">Rows that it decided.</param>
/// <param name="Milliseconds">The median time of a text that it decided, earlier stages included.</param>
internal sealed record StageFigures(string Stage, int Rows, double Milliseconds);

/// <summary>How long the classifier took, in milliseconds a text, without waiting for a turn.</summary>
/// <param name="Lanes">How many texts were scored at once: on a machine with fewer free cores they slow each other down.</param>
/// <param name="RowsPerSecond">Rows a second, all lanes together, reading included.</param>
/// <param name="All">The times of all rows.</param>
/// <param name="Length">The times by length of text.</param>
internal sealed record TimeFigures(int Lanes, double RowsPerSecond, TimePercentiles All, IReadOnlyList<TimePercentiles> Length);

/// <summary>The times of one group of rows, in milliseconds.</summary>
/// <param name="Group">The group.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="P50">Half of them took at most this.</param>
/// <param name="P90">Nine in ten did.</param>
/// <param name="P99">99 in a hundred did.</param>
/// <param name="Most">The longest.</param>
internal sealed record TimePercentiles(string Group, int Rows, double P50, double P90, double P99, double Most);

/// <summary>What rewriting does to a seeded sample of the rows.</summary>
/// <param name="Harmful">Rows in the sample that are not benign.</param>
/// <param name="Benign">Benign rows in it.</param>
/// <param name="Transforms">One entry per transform.</param>
internal sealed record RobustnessFigures(int Harmful, int Benign, IReadOnlyList<TransformFigures> Transforms);

/// <summary>What one transform does. Rows that it leaves as they were are not counted.</summary>
/// <param name="Transform">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="RecallBefore">Share of the rows that are not benign that were held as they stood.</param>
/// <param name="RecallAfter">Share of the same rows that are held when rewritten.</param>
/// <param name="Kept">Of the rows that were held as they stood, the share that is still held.</param>
/// <param name="FalseHoldsBefore">Share of the benign rows that were held as they stood.</param>
/// <param name="FalseHoldsAfter">Share of the same rows that are held when rewritten.</param>
/// <param name="Unknown">Rewritten texts without a verdict, which count as held.</param>
internal sealed record TransformFigures(
    string Transform,
    string Description,
    Rate? RecallBefore,
    Rate? RecallAfter,
    Rate? Kept,
    Rate? FalseHoldsBefore,
    Rate? FalseHoldsAfter,
    int Unknown)
{
    /// <summary>By how much recall changes, in [-1, 1]; null without rows.</summary>
    public double? RecallChange => Change(RecallBefore, RecallAfter);

    /// <summary>By how much false holds change, in [-1, 1]; null without rows.</summary>
    public double? FalseHoldsChange => Change(FalseHoldsBefore, FalseHoldsAfter);

    private static double? Change(Rate? before, Rate? after) =>
        before is null || after is null ? null : Estimate.Round(after.Value - before.Value);
}
