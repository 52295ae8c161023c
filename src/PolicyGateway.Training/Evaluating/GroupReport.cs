using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Evaluation;

namespace PolicyGateway.Training.Evaluating;

/// <summary>What the model does on one group of rows. A rate is null where the group has no such rows.</summary>
/// <param name="Group">The source, the language, or the data set.</param>
/// <param name="Rows">Rows in the group.</param>
/// <param name="Benign">Benign rows among them.</param>
/// <param name="AucFlagged">Area under the ROC curve of the head flagged.</param>
/// <param name="CalibrationError">Mean gap between the probability of flagged and the share that is; null of fewer than 100 rows, or of one class.</param>
/// <param name="FalseAlarms">Share of the benign rows with any head at or above its upper edge.</param>
/// <param name="FalseHolds">Share of the benign rows with any head at or above its lower edge.</param>
/// <param name="Recall">Share of the other rows with any head at or above its upper edge.</param>
/// <param name="RecallHeld">Share of the other rows with any head at or above its lower edge.</param>
internal sealed record GroupReport(
    string Group, int Rows, int Benign, double? AucFlagged, double? CalibrationError, double? FalseAlarms, double? FalseHolds, double? Recall, double? RecallHeld)
{
    // Of fewer rows a bin says more about chance.
    private const int FewestCalibrated = 100;

    public static GroupReport Of(string group, IReadOnlyCollection<Scored> rows, ImmutableArray<HeadThreshold> bands)
    {
        var benign = rows.Where(row => row.Row.IsBenign).ToArray();
        var others = rows.Where(row => !row.Row.IsBenign).ToArray();
        var truths = rows.Select(static row => (row.Flagged, !row.Row.IsBenign)).ToArray();
        return new GroupReport(
            group,
            rows.Count,
            benign.Length,
            Round(Metrics.Auc(truths)),
            truths.Length < FewestCalibrated || benign.Length == 0 || others.Length == 0 ? null : Round(Metrics.CalibrationError(Metrics.CalibrationBins(truths))),
            Share(benign, row => row.Alarms(bands)),
            Share(benign, row => row.IsUncertain(bands)),
            Share(others, row => row.Alarms(bands)),
            Share(others, row => row.IsUncertain(bands)));
    }

    /// <summary>One report per value of <paramref name="key"/>, largest group first.</summary>
    public static IReadOnlyList<GroupReport> By(Func<Scored, string> key, IEnumerable<Scored> rows, ImmutableArray<HeadThreshold> bands) =>
        [.. rows.GroupBy(key).Select(group => Of(group.Key, [.. group], bands)).OrderByDescending(report => report.Rows)];

    public static string Table(string title, IReadOnlyList<GroupReport> reports)
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"| {title} | rows | benign | AUC | calibration error | false alarms | false holds | recall | recall, held |");
        table.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var r in reports)
        {
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {r.Group} | {r.Rows} | {r.Benign} | {r.AucFlagged:0.000} | {r.CalibrationError:0.000} | {r.FalseAlarms:0.000} | {r.FalseHolds:0.000} | {r.Recall:0.000} | {r.RecallHeld:0.000} |");
        }

        return table.ToString();
    }

    private static double? Share(Scored[] rows, Func<Scored, bool> counts) =>
        rows.Length == 0 ? null : Round((double)rows.Count(counts) / rows.Length);

    private static double? Round(double value) => double.IsNaN(value) ? null : Math.Round(value, 4);
}
