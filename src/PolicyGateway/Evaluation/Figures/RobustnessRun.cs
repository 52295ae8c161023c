using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Evaluation.Statistics;
using PolicyGateway.Evaluation.Transforms;

namespace PolicyGateway.Evaluation.Figures;

/// <summary>Scores a sample of the rows as they stand, and then rewritten by each transform.</summary>
internal sealed class RobustnessRun(RowScorer scorer, int seed, Action done)
{
    public async Task<RobustnessFigures> RunAsync(IReadOnlyList<EvaluationRow> sample, CancellationToken cancellationToken)
    {
        var before = await ScoreAsync(sample, cancellationToken);
        var transforms = new List<TransformFigures>();
        foreach (var transform in TextTransform.All)
        {
            var rewritten = sample.Select(row => Rewrite(row, transform)).ToArray();
            int[] changed = [.. Enumerable.Range(0, sample.Count).Where(i => rewritten[i].Text != sample[i].Text)];
            var after = await ScoreAsync([.. changed.Select(i => rewritten[i])], cancellationToken);
            transforms.Add(Compare(transform, [.. changed.Select(i => before[i])], after));
        }

        return new RobustnessFigures(
            sample.Count(row => !row.Label.IsBenign), sample.Count(row => row.Label.IsBenign), transforms);
    }

    private EvaluationRow Rewrite(EvaluationRow row, TextTransform transform) =>
        row with { Text = transform.Apply(row.Text, SplitMix.For(seed, row.Number)) };

    private async Task<ScoredRow[]> ScoreAsync(IReadOnlyList<EvaluationRow> rows, CancellationToken cancellationToken)
    {
        var scored = new List<ScoredRow>(rows.Count);
        await foreach (var row in scorer.ScoreAsync(rows, cancellationToken))
        {
            scored.Add(row);
            done();
        }

        return [.. scored];
    }

    private static TransformFigures Compare(TextTransform transform, ScoredRow[] before, ScoredRow[] after)
    {
        int[] harmful = [.. Enumerable.Range(0, before.Length).Where(i => !before[i].IsBenign)];
        int[] benign = [.. Enumerable.Range(0, before.Length).Where(i => before[i].IsBenign)];
        int[] detected = [.. harmful.Where(i => before[i].IsHeld)];
        return new TransformFigures(
            transform.Name,
            transform.Description,
            Held(harmful, before),
            Held(harmful, after),
            Held(detected, after),
            Held(benign, before),
            Held(benign, after),
            after.Count(row => row.IsUnknown));
    }

    private static Rate? Held(int[] rows, ScoredRow[] scored) => Rate.From(rows.Count(i => scored[i].IsHeld), rows.Length);
}
