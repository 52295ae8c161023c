using System.Globalization;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Report;

/// <summary>The report in a screenful or two, for a terminal.</summary>
internal static class EvaluationText
{
    private const int MostLanguages = 20;

    public static void Write(EvaluationReport report, TextWriter output)
    {
        var all = report.All;
        Line(output, $"{report.Model}, policy {report.PolicyVersion}");
        Line(output, $"{report.Data.Rows} rows, {report.Data.Benign} of them benign; {report.Data.Unknown} without a verdict, {report.Data.LeftOut} lines left out");
        output.WriteLine();
        Line(output, $"{"AUC of flagged",-34}{Figure(all.Auc)}");
        Line(output, $"{"F1 at the thresholds in force",-34}{Figure(all.F1)}");
        foreach (var point in all.RecallAtFpr)
        {
            Line(output, $"{$"Recall at {Percent(point.Fpr)} false positives",-34}{Figure(point.Recall)}");
        }

        Line(output, $"{"Recall, alarms",-34}{Figure(all.Recall)}");
        Line(output, $"{"Recall, at least held",-34}{Figure(all.RecallHeld)}");
        Line(output, $"{"False alarms",-34}{Figure(all.FalseAlarms)}");
        Line(output, $"{"False holds",-34}{Figure(all.FalseHolds)}");
        Line(output, $"{"Escalated to a later stage",-34}{Figure(all.Escalated)}");
        Line(output, $"{"Calibration error (ECE)",-34}{report.Calibration[0].Ece:0.000}");
        Line(output, $"{"Time a text, p50 / p99",-34}{report.Time.All.P50:0.00} / {report.Time.All.P99:0.00} ms; {report.Time.RowsPerSecond:0} rows a second");
        WriteGroups(report.Groups.Kind, "kind", output);
        WriteGroups(report.Groups.Severity, "severity", output);
        WriteGroups(report.Groups.Category, "category", output);
        WriteGroups(report.Groups.Length, "length", output);
        WriteGroups(report.Groups.Language, "language", output);
        WriteRobustness(report.Robustness, output);
    }

    private static void WriteGroups(GroupSet set, string title, TextWriter output)
    {
        output.WriteLine();
        Line(output, $"{title,-18}{"others",7}{"benign",8}{"AUC",8}{"R@1%",8}{"recall",8}{"held",8}{"f.alarm",8}{"f.hold",8}");
        foreach (var group in set.Groups.Take(MostLanguages))
        {
            var recall = group.RecallAtFpr.FirstOrDefault(point => point.Fpr == OperatingPoints.Fprs[0]);
            Line(output, $"{group.Group,-18}{group.Rows - group.Benign,7}{group.Benign,8}{Short(group.Auc?.Value),8}{Short(recall?.Recall.Value),8}{Short(group.Recall?.Value),8}{Short(group.RecallHeld?.Value),8}{Short(group.FalseAlarms?.Value),8}{Short(group.FalseHolds?.Value),8}");
        }

        var more = set.MoreGroups + Math.Max(0, set.Groups.Count - MostLanguages);
        if (more > 0)
        {
            Line(output, $"and {more} smaller groups");
        }
    }

    private static void WriteRobustness(RobustnessFigures? robustness, TextWriter output)
    {
        if (robustness is null)
        {
            return;
        }

        output.WriteLine();
        Line(output, $"{$"rewritten ({robustness.Harmful} harmful, {robustness.Benign} benign)",-38}{"held",7}{"before",8}{"kept",8}{"f.hold",8}{"before",8}");
        foreach (var transform in robustness.Transforms)
        {
            Line(output, $"{transform.Transform,-38}{Short(transform.RecallAfter?.Value),7}{Short(transform.RecallBefore?.Value),8}{Short(transform.Kept?.Value),8}{Short(transform.FalseHoldsAfter?.Value),8}{Short(transform.FalseHoldsBefore?.Value),8}");
        }
    }

    private static void Line(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static string Figure(Estimate? estimate) => estimate is null
        ? "too few rows"
        : FormattableString.Invariant($"{estimate.Value:0.000}  ({estimate.Low:0.000} to {estimate.High:0.000})");

    private static string Figure(Rate? rate) => rate is null
        ? "no rows"
        : FormattableString.Invariant($"{rate.Value:0.000}  ({rate.Low:0.000} to {rate.High:0.000}; {rate.Count} of {rate.Of})");

    private static string Short(double? value) => value is null ? "-" : value.Value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");
}
