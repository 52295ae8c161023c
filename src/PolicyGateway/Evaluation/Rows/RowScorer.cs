using System.Runtime.CompilerServices;
using PolicyGateway.Classification;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>
/// Scores rows side by side and gives the results in the order of the rows. At most <c>2 x lanes</c> are under way at once,
/// so that every lane finds the next text waiting and memory does not grow with the input.
/// </summary>
/// <param name="classifier">What scores them.</param>
/// <param name="edges">The thresholds in force.</param>
/// <param name="lanes">How many are scored at once.</param>
/// <param name="time">The clock.</param>
/// <param name="given">Scores that were worked out elsewhere, instead of the classifier's.</param>
internal sealed class RowScorer(IClassifier classifier, Edges edges, int lanes, TimeProvider time, GivenScores? given = null)
{
    public async IAsyncEnumerable<ScoredRow> ScoreAsync(
        IEnumerable<EvaluationRow> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var underWay = new Queue<Task<ScoredRow>>(2 * lanes);
        foreach (var row in rows)
        {
            if (underWay.Count == 2 * lanes)
            {
                yield return await underWay.Dequeue();
            }

            underWay.Enqueue(Task.Run(() => ScoreAsync(row, cancellationToken), cancellationToken));
        }

        while (underWay.TryDequeue(out var task))
        {
            yield return await task;
        }
    }

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
