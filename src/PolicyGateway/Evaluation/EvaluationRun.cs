using PolicyGateway.Classification;
using PolicyGateway.Evaluation.Figures;
using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Policy;

namespace PolicyGateway.Evaluation;

/// <summary>What is asked of a run.</summary>
/// <param name="Files">The files of labelled rows.</param>
/// <param name="Seed">Seed of the bootstrap and of the sample.</param>
/// <param name="Limit">The most rows that are read; null reads all.</param>
/// <param name="Sample">Rows of each class that are rewritten; 0 leaves robustness out.</param>
/// <param name="Resamples">Resamples of each bootstrap.</param>
/// <param name="Scores">A file of scores that were worked out elsewhere; null asks the classifier.</param>
internal sealed record EvaluationRequest(
    IReadOnlyList<string> Files, int Seed = 1, long? Limit = null, int Sample = 0, int Resamples = 1000, string? Scores = null);

/// <summary>Labelled rows in, a report out: reads, scores, and works out every figure.</summary>
internal sealed class EvaluationRun(IClassifier classifier, PolicySnapshot policy, int lanes, TimeProvider time)
{
    /// <summary>The report; null where no row could be read.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="faults">Told of every line that is left out.</param>
    /// <param name="done">Called after each text that was scored.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public async Task<EvaluationReport?> RunAsync(
        EvaluationRequest request, RowFaults faults, Action done, CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow();
        var edges = new Edges(classifier.Profile, policy.Categories);
        var given = request.Scores is { } file ? GivenScores.Read(file, classifier.Profile.Heads) : null;
        var scorer = new RowScorer(classifier, edges, lanes, time, given);
        var files = new RowFiles<EvaluationRow>(
            request.Files, new RowReader(KnownCategories).Read, faults, request.Limit ?? long.MaxValue, given);
        var sample = new RowSample(request.Seed, request.Sample);

        // The first texts would otherwise be timed while their code is still being compiled.
        await classifier.WarmUpAsync(cancellationToken);
        var start = time.GetTimestamp();
        var rows = new List<ScoredRow>();
        await foreach (var row in scorer.ScoreAsync(request.Sample > 0 ? sample.Watch(files.Read()) : files.Read(), cancellationToken))
        {
            rows.Add(row);
            done();
        }

        var took = time.GetElapsedTime(start);
        if (rows.Count == 0)
        {
            return null;
        }

        var robustness = request.Sample > 0
            ? await new RobustnessRun(scorer, request.Seed, done).RunAsync(sample.Rows, cancellationToken)
            : null;
        var evaluator = new Evaluator(classifier.Profile, edges, request.Seed, request.Resamples);
        return new EvaluationReport(
            EvaluationReport.CurrentFormat,
            at,
            given?.Model ?? classifier.Profile.Model,
            policy.Version,
            request.Seed,
            request.Resamples,
            Summary(files, faults, rows),
            [.. classifier.Profile.Heads.Select((head, i) => new ThresholdPair(head, edges[i].Uncertain, edges[i].Flagged))],
            evaluator.Group("all", rows),
            evaluator.Groups(rows),
            evaluator.Heads(rows),
            Curves.Calibration(rows),
            Escalation.Of(rows),
            Escalation.Times(rows, lanes, took),
            Curves.Roc(rows),
            Curves.Frontier(rows),
            Curves.Equity(rows),
            robustness);
    }

    private IEnumerable<string> KnownCategories =>
        classifier.Profile.Heads.Where(head => head is not (LabelMap.Flagged or LabelMap.Prohibited));

    private static DataSummary Summary(RowFiles<EvaluationRow> files, RowFaults faults, List<ScoredRow> rows) => new(
        files.Counts,
        rows.Count,
        rows.Count(row => row.IsBenign),
        rows.Count(row => row.IsUnknown),
        faults.LeftOut,
        faults.Odd);
}
