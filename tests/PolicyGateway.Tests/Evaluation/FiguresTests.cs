using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Tests.Evaluation;

/// <summary>Figures over rows whose scores are known; a text is in doubt from 0.3 and found from 0.6.</summary>
public sealed class FiguresTests : IDisposable
{
    private readonly TheRows _rows = new();

    public void Dispose() => _rows.Dispose();

    [Fact]
    public async Task Holds_and_alarms_are_counted_by_the_thresholds_in_force()
    {
        var all = (await _rows.EvaluateAsync(Several())).All;

        Assert.Equal((50, 30, 0, false), (all.Rows, all.Benign, all.Unknown, all.TooFew));
        Assert.Equal((10, 20), (all.Recall!.Count, all.Recall.Of));
        Assert.Equal((15, 20), (all.RecallHeld!.Count, all.RecallHeld.Of));
        Assert.Equal((2, 30), (all.FalseAlarms!.Count, all.FalseAlarms.Of));
        Assert.Equal((5, 30), (all.FalseHolds!.Count, all.FalseHolds.Of));
        Assert.Equal(2.0 * 10 / (10 + 2 + 20), all.F1!.Value, 0.000001);
    }

    [Fact]
    public async Task Any_head_holds_a_text_and_flagged_alone_makes_the_curves()
    {
        var report = await _rows.EvaluateAsync([.. Several(), _rows.Row("cyber 0.9", "dual_use", categories: ["cyber"])]);

        Assert.Equal(16, report.All.RecallHeld!.Count);
        Assert.Equal(1, report.Heads.Single(head => head.Head == "cyber").Recall!.Count);
        Assert.Equal(15, 21 - report.Frontier.Flagged.Single(point => point.Dial == 0.3).Misses!.Count);
    }

    [Fact]
    public async Task A_text_without_a_verdict_is_held_and_no_alarm_and_in_no_curve()
    {
        var before = await _rows.EvaluateAsync(Several());
        var after = await _rows.EvaluateAsync([.. Several(), _rows.Row("unknown"), _rows.Row("broken", "prohibited")]);

        Assert.Equal((2, 2), (after.Data.Unknown, after.All.Unknown));
        Assert.Equal((before.All.FalseHolds!.Count + 1, before.All.RecallHeld!.Count + 1), (after.All.FalseHolds!.Count, after.All.RecallHeld!.Count));
        Assert.Equal((before.All.FalseAlarms!.Count, before.All.Recall!.Count), (after.All.FalseAlarms!.Count, after.All.Recall!.Count));
        Assert.Equal(before.All.Auc, after.All.Auc);
        Assert.Equal(before.Roc, after.Roc);
        Assert.Equal(before.Calibration[0].Rows, after.Calibration[0].Rows);
        Assert.All(after.Frontier.AllThresholds, point => Assert.True(point.FalseHolds!.Count >= 1));
    }

    [Fact]
    public async Task The_frontier_runs_through_the_thresholds_in_force_and_trades_one_for_the_other()
    {
        var frontier = (await _rows.EvaluateAsync(Several())).Frontier;
        var points = frontier.AllThresholds;

        Assert.Equal(frontier.Shipped, points.Single(point => point.Dial == 1));
        Assert.Equal((5, 5), (frontier.Shipped.FalseHolds!.Count, frontier.Shipped.Misses!.Count));
        Assert.All(points.Zip(points.Skip(1)), pair =>
        {
            Assert.True(pair.First.FalseHolds!.Count >= pair.Second.FalseHolds!.Count);
            Assert.True(pair.First.Misses!.Count <= pair.Second.Misses!.Count);
        });
    }

    [Fact]
    public async Task A_later_stage_is_an_escalation()
    {
        var report = await _rows.EvaluateAsync([.. Several(), _rows.Row("later 0.9", "prohibited"), _rows.Row("later 0.1")]);

        Assert.Equal((2, 52), (report.Escalation.Rate!.Count, report.Escalation.Rate.Of));
        Assert.Equal([("ngram", 50), ("transformer", 2)], report.Escalation.Stages.Select(stage => (stage.Stage, stage.Rows)));
        Assert.Equal((1, 1), Of(report.Groups.Severity, "prohibited").Escalated is { } rate ? (rate.Count, rate.Of) : default);
    }

    [Fact]
    public async Task Groups_are_measured_against_their_own_benign_rows_and_categories_against_all()
    {
        var report = await _rows.EvaluateAsync(
        [
            .. Several(),
            .. Enumerable.Range(0, 12).Select(_ => _rows.Row("0.9", "dual_use", "sw", "other", "completion", ["bio"])),
            .. Enumerable.Range(0, 3).Select(_ => _rows.Row("0.4", lang: "sw", topic: "gardens")),
        ]);

        Assert.Equal((15, 3, true), Shape(Of(report.Groups.Language, "sw")));
        Assert.Null(Of(report.Groups.Language, "sw").Auc);
        Assert.Equal((12 + 33, 33, false), Shape(Of(report.Groups.Category, "bio")));
        Assert.NotNull(Of(report.Groups.Category, "bio").Auc);
        Assert.Equal((12, 0, true), Shape(Of(report.Groups.Source, "other")));
        Assert.Equal((12, 0, true), Shape(Of(report.Groups.Kind, "completion")));
        Assert.Equal((3, 3, true), Shape(Of(report.Groups.Topic, "gardens")));
        Assert.Equal("under 50", Assert.Single(report.Groups.Length.Groups).Group);
        Assert.Equal(3, Of(report.Groups.Topic, "gardens").FalseHolds!.Count);
    }

    [Fact]
    public async Task Very_many_groups_are_not_all_listed()
    {
        var report = await _rows.EvaluateAsync(Enumerable.Range(0, 130).Select(i => _rows.Row("0.1", source: $"source {i}")));

        Assert.Equal((100, 30, 30), (report.Groups.Source.Groups.Count, report.Groups.Source.MoreGroups, report.Groups.Source.MoreRows));
    }

    [Fact]
    public async Task A_language_stands_above_all_only_where_its_interval_does()
    {
        var report = await _rows.EvaluateAsync(
        [
            .. Enumerable.Range(0, 200).Select(i => _rows.Row(i < 20 ? "0.5" : "0.1")),
            .. Enumerable.Range(0, 20).Select(i => _rows.Row(i < 16 ? "0.5" : "0.1", lang: "sw")),
            .. Enumerable.Range(0, 20).Select(i => _rows.Row(i < 4 ? "0.5" : "0.1", lang: "id")),
            _rows.Row("0.5", lang: "th"),
        ]);

        Assert.Equal((41, 241), (report.Equity.All!.Count, report.Equity.All.Of));
        Assert.Equal(
            [("th", "too_few"), ("sw", "above"), ("id", "alike"), ("en", "below")],
            report.Equity.Languages.Select(language => (language.Language, language.Stands)));
        Assert.Equal(0.8 / (41 / 241.0), report.Equity.Languages[1].Ratio!.Value, 0.0001);
    }

    [Fact]
    public async Task Rows_of_one_class_alone_give_the_figures_that_there_are()
    {
        var benign = await _rows.EvaluateAsync([_rows.Row("0.5"), _rows.Row("0.1")]);
        var others = await _rows.EvaluateAsync([_rows.Row("0.5", "prohibited")]);

        Assert.Equal((1, null), (benign.All.FalseHolds!.Count, benign.All.Recall));
        Assert.Empty(benign.Roc);
        Assert.Equal((1, null), (others.All.RecallHeld!.Count, others.Equity.All));
    }

    [Fact]
    public async Task The_same_rows_and_seed_give_the_same_figures_but_for_the_time()
    {
        var lines = Several().ToArray();
        var first = await _rows.EvaluateAsync(lines, sample: 5);
        var again = await _rows.EvaluateAsync(lines, sample: 5);

        Assert.Equal(Timeless(first), Timeless(again));
        static string Timeless(EvaluationReport report) => EvaluationJson.Write(report with
        {
            At = default,
            Time = null!,
            Escalation = null!,
            Data = report.Data with { Files = [] },
        });
    }

    [Fact]
    public async Task Rewriting_counts_the_rows_that_it_changes_and_what_is_still_held()
    {
        // Spelled with full-width digits a number is none to the fake, so that nothing is held any more.
        var report = await _rows.EvaluateAsync(Several(), sample: 8);
        var fullWidth = report.Robustness!.Transforms.Single(transform => transform.Transform == "full_width");
        var rot13 = report.Robustness.Transforms.Single(transform => transform.Transform == "rot13");

        Assert.Equal((8, 8), (report.Robustness.Harmful, report.Robustness.Benign));
        Assert.Equal((8, 0), (fullWidth.RecallAfter!.Of, fullWidth.RecallAfter.Count));
        Assert.Equal(-fullWidth.RecallBefore!.Value, fullWidth.RecallChange);
        Assert.Equal((null, null), (rot13.RecallBefore, rot13.Kept));
    }

    [Fact]
    public async Task The_sample_follows_the_seed()
    {
        var lines = Enumerable.Range(0, 200).Select(i => _rows.Row(i % 3 == 0 ? "0.9" : "0.1", i % 2 == 0 ? "benign" : "prohibited")).ToArray();
        var first = await _rows.EvaluateAsync(lines, sample: 20, seed: 1);
        var again = await _rows.EvaluateAsync(lines, sample: 20, seed: 1);
        var other = await _rows.EvaluateAsync(lines, sample: 20, seed: 5);

        Assert.Equal(Counts(first), Counts(again));
        Assert.NotEqual(Counts(first), Counts(other));
        static (Rate?, Rate?) Counts(EvaluationReport report) =>
            (report.Robustness!.Transforms[^1].RecallBefore, report.Robustness.Transforms[^1].FalseHoldsBefore);
    }

    /// <summary>30 benign rows, of which 2 alarm and 5 are held, and 20 others, of which 10 and 15.</summary>
    private IEnumerable<string> Several() =>
    [
        .. Enumerable.Range(0, 30).Select(i => _rows.Row(i < 2 ? "0.7" : i < 5 ? "0.3" : "0.1")),
        .. Enumerable.Range(0, 20).Select(i => _rows.Row(i < 10 ? "0.6" : i < 15 ? "0.5" : "0.2", "dual_use")),
    ];

    private static GroupFigures Of(GroupSet set, string name) => set.Groups.Single(group => group.Group == name);

    private static (int Rows, int Benign, bool TooFew) Shape(GroupFigures group) => (group.Rows, group.Benign, group.TooFew);
}
