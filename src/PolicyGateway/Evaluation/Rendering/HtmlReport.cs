using PolicyGateway.Evaluation.Report;

namespace PolicyGateway.Evaluation.Rendering;

/// <summary>The report as one page: no script, nothing from elsewhere, every name from the data escaped.</summary>
internal static class HtmlReport
{
    private static readonly (string Id, string Title)[] Sections =
    [
        ("detection", "Detection"), ("frontier-part", "Holds and misses"), ("calibration", "Calibration"), ("groups", "Groups"),
        ("heads", "Heads"), ("fairness", "Languages"), ("rewriting", "Rewriting"), ("speed", "Stages and time"), ("method", "Method"),
    ];

    public static string Write(EvaluationReport report)
    {
        var page = Markup.Of($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.Add($"<title>Evaluation of {report.Model}</title>\n").Add(PageStyle.Element).Add($"</head>\n<body>\n");
        Header(page, report);
        page.Add($"<main>\n");
        Summary(page, report);
        Detection(page, report);
        Groups(page, report);
        Fairness(page, report);
        Rewriting(page, report.Robustness);
        Speed(page, report);
        Method(page, report);
        return page.Add($"</main>\n</body>\n</html>\n").ToString();
    }

    private static void Header(Markup page, EvaluationReport report)
    {
        page.Add($"<header>\n<h1>What the classifier does</h1>\n<p>Model <code>{report.Model}</code>, thresholds of policy <code>{report.PolicyVersion}</code>. ");
        page.Add($"{report.Data.Rows:N0} labelled texts, {report.Data.Benign:N0} of them benign. {report.At:yyyy-MM-dd HH:mm} UTC.</p>\n<nav aria-label=\"Parts\">");
        foreach (var (id, title) in Sections.Where(section => section.Id != "rewriting" || report.Robustness is not null))
        {
            page.Add($"<a href=\"#{id}\">{title}</a> ");
        }

        page.Add($"</nav>\n</header>\n");
    }

    private static void Summary(Markup page, EvaluationReport report)
    {
        var all = report.All;
        var atOne = all.RecallAtFpr.FirstOrDefault(point => point.Fpr == Statistics.OperatingPoints.Fprs[0]);
        (string Name, Figure Value)[] tiles =
        [
            ("AUC of flagged", Figure.Cell(all.Auc)),
            ("Recall at 1 % false positives", Figure.Cell(atOne?.Recall)),
            ("F1 of alarms", Figure.Cell(all.F1)),
            ("Not benign, and held", Figure.Cell(all.RecallHeld)),
            ("Benign, and held", Figure.Cell(all.FalseHolds)),
            ("Calibration error", new Figure(Figure.Cell(report.Calibration[0].Ece).Main, "mean gap, bins of like many rows")),
            ("Escalated", Figure.Cell(report.Escalation.Rate)),
            ("Time a text, p99", new Figure(FormattableString.Invariant($"{report.Time.All.P99:0.0} ms"), FormattableString.Invariant($"p50 {report.Time.All.P50:0.00} ms"))),
        ];
        page.Add($"<section class=\"tiles\" aria-label=\"Summary\">\n");
        foreach (var (name, value) in tiles)
        {
            page.Add($"<div class=\"tile\"><span>{name}</span><strong>{value.Main}</strong><small>{value.Small}</small></div>\n");
        }

        page.Add($"</section>\n");
        if (report.Data.Unknown > 0 || report.Data.LeftOut > 0)
        {
            page.Add($"<p class=\"warning\">{report.Data.Unknown:N0} texts have no verdict and count as held; {report.Data.LeftOut:N0} lines were left out.</p>\n");
        }
    }

    private static void Detection(Markup page, EvaluationReport report)
    {
        Open(page, "detection", "How much it finds for how many false alarms. Small print and whiskers are 95 % intervals.");
        page.Add($"<div class=\"pair\"><figure>").Add(Plots.Roc(report)).Add(Legend((1, "flagged at any threshold"), (2, "any head at its upper edge")))
            .Add($"</figure><div>").Add(Tables.Recall(report.All)).Add($"</div></div>\n</section>\n");

        Open(page, "frontier-part", "What each position of the dials would hold in vain, and what it would miss. A threshold on flagged alone, and a factor on the odds of every lower edge (1 is in force, less holds more).");
        page.Add($"<div class=\"pair\"><figure>").Add(Plots.Frontier(report)).Add(Legend((1, "a threshold on flagged alone"), (2, "a factor on all thresholds")));
        page.Add($"</figure><div>").Add(Tables.Frontier("A factor on all thresholds: fewest misses within a budget of false holds", "factor", report.Frontier.AllThresholds));
        page.Add($"</div></div>\n<details><summary>A threshold on flagged alone</summary>");
        page.Add(Tables.Frontier("A threshold on flagged alone: fewest misses within a budget of false holds", "threshold", report.Frontier.Flagged)).Add($"</details>\n</section>\n");

        Open(page, "calibration", "Whether a probability can be taken at its word on these rows. It depends on how many of them are benign; traffic is likely to have more.");
        page.Add($"<div class=\"pair\"><figure>").Add(Plots.Calibration(report)).Add(Legend((1, "all"), (2, "prompts"), (3, "completions")));
        page.Add($"</figure><div>").Add(Tables.Calibration(report.Calibration)).Add($"</div></div>\n<details><summary>Bins</summary>").Add(Tables.Bins(report.Calibration[0])).Add($"</details>\n");
        page.Add($"<details><summary>By language, of 100 rows or more</summary>\n<div class=\"pair\">");
        foreach (var plot in Plots.CalibrationOfLanguages(report))
        {
            page.Add($"<figure>").Add(plot).Add($"</figure>\n");
        }

        page.Add($"</div></details>\n</section>\n");
    }

    private static void Groups(Markup page, EvaluationReport report)
    {
        Open(page, "groups", "Recall and false alarms are by the thresholds in force. Categories and severities are measured against all benign rows, every other group against its own; a group of fewer than 10 rows on either side has no figure that needs both.");
        (string Dimension, GroupSet Set, bool IsOpen)[] sets =
        [
            ("category", report.Groups.Category, true), ("severity", report.Groups.Severity, true), ("kind", report.Groups.Kind, true),
            ("language", report.Groups.Language, true), ("length", report.Groups.Length, true), ("source", report.Groups.Source, false),
            ("topic", report.Groups.Topic, false),
        ];
        foreach (var (dimension, set, isOpen) in sets.Where(set => set.Set.Groups.Count > 0))
        {
            // The attribute stands in the literals, since whatever is put in is escaped.
            page.Add(isOpen ? $"<details open>" : (FormattableString)$"<details>");
            page.Add($"<summary>By {dimension}</summary>").Add(Tables.Groups(dimension, set)).Add($"</details>\n");
        }

        page.Add($"</section>\n");
        Open(page, "heads", "AUC and F1 of a head are against all rows that it should not be sure of, false alarms and holds against benign rows only.");
        page.Add(Tables.Heads(report)).Add($"</section>\n");
    }

    private static void Fairness(Markup page, EvaluationReport report)
    {
        Open(page, "fairness", "Who bears the false holds: the share of benign texts that are held, by language.");
        if (report.Equity.All is not null)
        {
            page.Add($"<figure>").Add(Plots.Equity(report.Equity)).Add(Legend((2, "above all"), (1, "alike"), (3, "below all"), (4, "too few rows"))).Add($"</figure>\n");
        }

        page.Add(Tables.Equity(report.Equity)).Add($"</section>\n");
    }

    private static void Rewriting(Markup page, RobustnessFigures? robustness)
    {
        if (robustness is null)
        {
            return;
        }

        Open(page, "rewriting", "The same texts written differently: what was held should stay held, and no more benign texts should be. A ring is the texts as they stand, its dot the same texts rewritten.");
        page.Add($"<p class=\"small\">A sample of {robustness.Harmful:N0} texts that are not benign and {robustness.Benign:N0} that are; texts that a transform leaves as they were are not counted for it.</p>\n");
        page.Add($"<figure>").Add(Plots.Robustness(robustness)).Add(Legend((1, "not benign"), (2, "benign"))).Add($"</figure>\n");
        page.Add(Tables.Robustness(robustness)).Add($"</section>\n");
    }

    private static void Speed(Markup page, EvaluationReport report)
    {
        Open(page, "speed", "Which stage decided, and how long the classifier took for a text without waiting for its turn.");
        page.Add($"<p class=\"small\">{report.Time.Lanes} texts at once, {report.Time.RowsPerSecond:N0} rows a second. With fewer free cores than lanes the texts slow each other down.</p>\n");
        page.Add($"<figure>").Add(Plots.Time(report.Time)).Add($"</figure>\n<div class=\"pair\"><div>").Add(Tables.Time(report.Time));
        page.Add($"</div><div>").Add(Tables.Stages(report.Escalation)).Add($"</div></div>\n</section>\n");
    }

    private static void Method(Markup page, EvaluationReport report)
    {
        Open(page, "method", "Intervals are at 95 %: Wilson's for shares, DeLong's for AUC, the percentiles of a stratified bootstrap for recall at a fixed rate and for F1.");
        page.Add($"<p class=\"small\">Seed {report.Seed}, {report.Resamples:N0} resamples. A text is held where any head reaches its lower edge, and an alarm where any reaches its upper edge. Texts without a verdict are held and in no curve. Rows of one source resemble each other, so that intervals are narrower than the truth about other sources.</p>\n");
        page.Add(Tables.Files(report.Data)).Add($"</section>\n");
    }

    private static void Open(Markup page, string id, string says) =>
        page.Add($"<section id=\"{id}\">\n<h2>{Sections.First(section => section.Id == id).Title}</h2>\n<p>{says}</p>\n");

    private static Markup Legend(params (int Colour, string Text)[] entries)
    {
        var legend = Markup.Of($"<figcaption>");
        foreach (var (colour, text) in entries)
        {
            legend.Add($"<span class=\"key\"><i class=\"b{colour}\"></i>{text}</span> ");
        }

        return legend.Add($"</figcaption>");
    }
}
