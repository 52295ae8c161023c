using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Rendering;

/// <summary>The tables of the page.</summary>
internal static class Tables
{
    // Rows of the frontier's table: false holds of about so many.
    private static readonly double[] Budgets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

    public static Markup Recall(GroupFigures all) => Table.Of(
        "Recall of flagged at fixed false-positive rates",
        ["false-positive rate", "threshold", "recall (95 %)"],
        all.RecallAtFpr.Select(point => (Figure[])[Axis.Percent(point.Fpr), Figure.Cell(point.Threshold), Figure.Cell(point.Recall)]));

    public static Markup Frontier(string caption, string dial, IReadOnlyList<FrontierPoint> points) => Table.Of(
        caption,
        [dial, "false holds (95 %)", "misses (95 %)"],
        Budgets.Select(budget => Within(points, budget)).OfType<FrontierPoint>().Distinct()
            .Select(point => (Figure[])[Figure.Cell(point.Dial).Main, Figure.Cell(point.FalseHolds), Figure.Cell(point.Misses)]));

    public static Markup Calibration(IReadOnlyList<Reliability> curves) => Table.Of(
        "Expected calibration error",
        ["rows of", "rows", "ECE", "lowest bin says / is", "highest bin says / is"],
        curves.Where(curve => curve.Rows > 0).Select(curve => (Figure[])
        [
            curve.Group, Figure.Cell(curve.Rows), Figure.Cell(curve.Ece), Ends(curve.Bins[0]), Ends(curve.Bins[^1]),
        ]));

    public static Markup Bins(Reliability curve) => Table.Of(
        "Bins of all rows",
        ["bin", "rows", "mean probability", "not benign (95 %)"],
        curve.Bins.Select((bin, i) => (Figure[])[Figure.Cell(i + 1).Main, Figure.Cell(bin.Observed.Of), Figure.Cell(bin.Predicted), Figure.Cell(bin.Observed)]));

    public static Markup Groups(string dimension, GroupSet set)
    {
        var table = Table.Of(
            $"By {dimension}",
            [dimension, "not benign", "benign", "AUC", "recall at 1 %", "at 0.5 %", "at 0.1 %", "F1", "recall", "recall, held", "false alarms", "false holds", "escalated"],
            set.Groups.Select(group => (Figure[])
            [
                group.Group,
                Figure.Cell(group.Rows - group.Benign),
                new Figure(Figure.Cell(group.Benign).Main, group.TooFew ? "too few" : ""),
                Figure.Cell(group.Auc),
                .. OperatingPoints.Fprs.Select(fpr => Figure.Cell(group.RecallAtFpr.FirstOrDefault(point => point.Fpr == fpr)?.Recall)),
                Figure.Cell(group.F1),
                Figure.Cell(group.Recall),
                Figure.Cell(group.RecallHeld),
                Figure.Cell(group.FalseAlarms),
                Figure.Cell(group.FalseHolds),
                Figure.Cell(group.Escalated),
            ]));
        return set.MoreGroups == 0 ? table : table.Add($"<p class=\"small\">And {set.MoreGroups:N0} smaller groups with {set.MoreRows:N0} rows.</p>\n");
    }

    public static Markup Heads(EvaluationReport report) => Table.Of(
        "Each head by itself",
        ["head", "positives", "AUC", "uncertain from", "flagged from", "F1", "recall", "recall, held", "false alarms", "false holds"],
        report.Heads.Zip(report.Thresholds).Select(pair => (Figure[])
        [
            pair.First.Head,
            Figure.Cell(pair.First.Positives),
            Figure.Cell(pair.First.Auc),
            Figure.Cell(pair.Second.Uncertain),
            Figure.Cell(pair.Second.Flagged),
            Figure.Cell(pair.First.F1),
            Figure.Cell(pair.First.Recall),
            Figure.Cell(pair.First.RecallHeld),
            Figure.Cell(pair.First.FalseAlarms),
            Figure.Cell(pair.First.FalseHolds),
        ]));

    public static Markup Equity(EquityFigures equity) => Table.Of(
        "False holds by language",
        ["language", "benign rows", "false holds (95 %)", "ratio to all", "against all"],
        equity.Languages.Select(language => (Figure[])
        [
            language.Language,
            Figure.Cell(language.FalseHolds.Of),
            Figure.Cell(language.FalseHolds),
            Figure.Cell(language.Ratio, "0.00"),
            language.Stands.Replace('_', ' '),
        ]));

    public static Markup Robustness(RobustnessFigures robustness) => Table.Of(
        "What rewriting changes",
        ["transform", "harmful rows", "held before", "held after", "still held of those held", "benign rows", "false holds before", "false holds after"],
        robustness.Transforms.Select(transform => (Figure[])
        [
            transform.Transform,
            Figure.Cell(transform.RecallBefore?.Of ?? 0),
            Figure.Cell(transform.RecallBefore),
            Figure.Cell(transform.RecallAfter),
            Figure.Cell(transform.Kept),
            Figure.Cell(transform.FalseHoldsBefore?.Of ?? 0),
            Figure.Cell(transform.FalseHoldsBefore),
            Figure.Cell(transform.FalseHoldsAfter),
        ]));

    public static Markup Time(TimeFigures time) => Table.Of(
        "Milliseconds a text",
        ["length in characters", "rows", "p50", "p90", "p99", "most"],
        time.Length.Append(time.All).Select(group => (Figure[])
        [
            group.Group, Figure.Cell(group.Rows), Figure.Cell(group.P50), Figure.Cell(group.P90), Figure.Cell(group.P99), Figure.Cell(group.Most),
        ]));

    public static Markup Stages(EscalationFigures escalation) => Table.Of(
        "Which stage decided",
        ["stage", "rows", "median ms"],
        escalation.Stages.Select(stage => (Figure[])[stage.Stage, Figure.Cell(stage.Rows), Figure.Cell(stage.Milliseconds)]));

    public static Markup Files(DataSummary data) => Table.Of(
        "Data", ["file", "rows"], data.Files.Select(file => (Figure[])[file.File, Figure.Cell(file.Rows)]));

    /// <summary>The position with the fewest misses among those that hold no more than the budget.</summary>
    private static FrontierPoint? Within(IReadOnlyList<FrontierPoint> points, double budget) => points
        .Where(point => point.FalseHolds is { } holds && holds.Value <= budget && point.Misses is not null)
        .MinBy(point => point.Misses!.Value);

    private static Figure Ends(ReliabilityBin bin) => $"{Figure.Cell(bin.Predicted).Main} / {Figure.Cell(bin.Observed.Value).Main}";
}
