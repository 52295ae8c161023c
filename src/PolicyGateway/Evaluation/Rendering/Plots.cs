using System.Globalization;
using PolicyGateway.Evaluation.Report;

namespace PolicyGateway.Evaluation.Rendering;

/// <summary>The plots of the page; each is said again as a table below it.</summary>
internal static class Plots
{
    public static Markup Roc(EvaluationReport report)
    {
        var plot = new SvgPlot(
            "roc", "ROC curve of flagged", "Recall against the false-positive rate, which is drawn on a logarithmic scale.",
            Axis.SmallShare("false-positive rate (log)"), Axis.Share("recall"));
        plot.Line(report.Roc.Select(point => (point.Fpr, point.Recall)), 1);
        foreach (var point in report.All.RecallAtFpr)
        {
            plot.Dot(point.Fpr, point.Recall.Value, 1, $"{Figure.Of(point.Recall)} at {Axis.Percent(point.Fpr)}", point.Recall.Low, point.Recall.High);
        }

        if (report.All is { FalseAlarms: { } alarms, Recall: { } recall })
        {
            plot.Note(alarms.Value, recall.Value, 2, "alarms in force");
        }

        return plot.ToMarkup();
    }

    public static Markup Frontier(EvaluationReport report)
    {
        var plot = new SvgPlot(
            "frontier", "False holds against misses", "One line per dial. Nearer to the lower left corner is better.",
            Axis.SmallShare("false holds, share of benign texts (log)"), Axis.Share("misses, share of the others"));
        plot.Line(Points(report.Frontier.Flagged), 1).Line(Points(report.Frontier.AllThresholds), 2);
        if (report.Frontier.Shipped is { FalseHolds: { } holds, Misses: { } misses })
        {
            plot.Note(holds.Value, misses.Value, 2, "thresholds in force");
        }

        return plot.ToMarkup();

        static IEnumerable<(double, double)> Points(IEnumerable<FrontierPoint> points) =>
            from point in points
            where point.FalseHolds is not null && point.Misses is not null
            select (point.FalseHolds!.Value, point.Misses!.Value);
    }

    public static Markup Calibration(EvaluationReport report)
    {
        var plot = new SvgPlot(
            "reliability", "Reliability of flagged", "Share that came true against mean probability, in bins of like many rows. On the diagonal the probability can be taken at its word.",
            Axis.Share("mean probability"), Axis.Share("share that is not benign"));
        plot.Diagonal();
        var colour = 0;
        foreach (var curve in report.Calibration.Where(curve => curve.Group is "all" or "prompt" or "completion"))
        {
            colour++;
            plot.Line(curve.Bins.Select(bin => (bin.Predicted, bin.Observed.Value)), colour);
            foreach (var bin in curve.Bins)
            {
                // Three sets of whiskers hide each other; the tables have them all.
                var (low, high) = colour == 1 ? (bin.Observed.Low, bin.Observed.High) : ((double?)null, (double?)null);
                plot.Dot(bin.Predicted, bin.Observed.Value, colour, $"{curve.Group}: {Figure.Of(bin.Observed)}", low, high);
            }
        }

        return plot.ToMarkup();
    }

    /// <summary>One small plot per language, since lines of many would hide each other.</summary>
    public static IEnumerable<Markup> CalibrationOfLanguages(EvaluationReport report) =>
        report.Calibration.Where(curve => curve.Group is not ("all" or "prompt" or "completion")).Select((curve, i) =>
        {
            var plot = new SvgPlot(
                $"reliability-{i}", $"Reliability, {curve.Group}", "Share that came true against mean probability.",
                Axis.Share($"{curve.Group}, {curve.Rows:N0} rows: mean probability"), Axis.Share("share that is not benign"));
            plot.Diagonal().Line(curve.Bins.Select(bin => (bin.Predicted, bin.Observed.Value)), 1);
            foreach (var bin in curve.Bins)
            {
                plot.Dot(bin.Predicted, bin.Observed.Value, 1, Figure.Of(bin.Observed), bin.Observed.Low, bin.Observed.High);
            }

            return plot.ToMarkup();
        });

    public static Markup Equity(EquityFigures equity)
    {
        var most = equity.Languages.Max(language => language.FalseHolds.High);
        var bars = new SvgBars(
            "equity", "False holds by language", "One bar per language with its 95 % interval; the dashed line is the rate over all.",
            Axis.UpTo("false holds, share of benign texts", most, Axis.Percent));
        foreach (var language in equity.Languages)
        {
            var colour = language.Stands switch { "above" => 2, "below" => 3, "too_few" => 4, _ => 1 };
            bars.Bar(
                $"{language.Language} (n = {language.FalseHolds.Of.ToString("N0", CultureInfo.InvariantCulture)})",
                language.FalseHolds.Value, language.FalseHolds.Low, language.FalseHolds.High, colour, Figure.Of(language.FalseHolds));
        }

        return bars.Guide(equity.All!.Value, "all benign texts").ToMarkup();
    }

    public static Markup Robustness(RobustnessFigures robustness)
    {
        var bars = new SvgBars(
            "robustness", "What rewriting changes", "Per transform the share that is held, from the texts as they stand (ring) to the texts rewritten (dot): harmful ones above, benign ones below.",
            Axis.Share("share that is held"));
        foreach (var transform in robustness.Transforms)
        {
            if (transform is { RecallBefore: { } was, RecallAfter: { } now })
            {
                (double, double)? benign = transform is { FalseHoldsBefore: { } before, FalseHoldsAfter: { } after } ? (before.Value, after.Value) : null;
                bars.Move(transform.Transform, (was.Value, now.Value), benign, transform.Description);
            }
        }

        return bars.ToMarkup();
    }

    public static Markup Time(TimeFigures time)
    {
        var groups = time.Length.Append(time.All).ToArray();
        var most = Math.Max(1e-3, groups.Max(group => group.P99));
        var bars = new SvgBars(
            "time", "Time a text by length", "Per length of text the median (bar) up to the 99th percentile (line).",
            Axis.UpTo("milliseconds a text", most, at => at.ToString("0.###", CultureInfo.InvariantCulture)));
        foreach (var group in groups)
        {
            bars.Bar(group.Group, group.P50, group.P50, group.P99, 1, FormattableString.Invariant($"p50 {group.P50:0.00} ms, p90 {group.P90:0.00} ms, p99 {group.P99:0.00} ms"));
        }

        return bars.ToMarkup();
    }
}
