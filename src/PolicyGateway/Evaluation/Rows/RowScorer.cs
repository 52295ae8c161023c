using PolicyGateway.Classification;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>
/// Scores rows side by side and gives the results in the order of the rows. At most <c>2 x lanes</c> are under way at once,
/// so that every lane finds the next text waiting.
/// </summary>
/// <param name="classifier">What scores them.</param>
/// <param name="edges">The thresholds in force.</param>
/// <param name="lanes">How many are scored at once.</param>
/// <param name="time">The clock.</param>
/// <param name="given">Scores that were worked out elsewhere, instead of the classifier's.</param>
internal sealed class RowScorer(IClassifier classifier, Edges edges, int lanes, TimeProvider time, GivenScores? given = null)
{
    public IAsyncEnumerable<ScoredRow> ScoreAsync(IEnumerable<EvaluationRow> rows, CancellationToken cancellationToken) =>
        InOrder.SelectAsync(rows, 2 * lanes, row => ScoreAsync(row, cancellationToken), cancellationToken);

    private async Task<ScoredRow> ScoreAsync(EvaluationRow row, CancellationToken cancellationToken)
    {
        if (given is not null)
        {
            return edges.Read(row.Label, given.Of(row.Id), TimeSpan.Zero);
        }

        var start = time.GetTimestamp();
        var scores = await classifier.ClassifyAsync(
            new ClassifierInput(row.Kind, row.Text.AsMemory(), row.Prompt.AsMemory()), cancellationToken);
        return edges.Read(row.Label, scores, time.GetElapsedTime(start) - scores.QueueWait);
    }
}
