using System.Runtime.CompilerServices;
using PolicyGateway.Classification;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>
/// Scores rows side by side and gives the results in the order of the rows. At most <c>2 x lanes</c> are under way at once,
/// so that every lane finds the next text waiting and memory does not grow with the input.
/// </summary>
internal sealed class RowScorer(IClassifier classifier, Edges edges, int lanes, TimeProvider time)
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
        var start = time.GetTimestamp();
        var scores = await classifier.ClassifyAsync(
            new ClassifierInput(row.Kind, row.Text.AsMemory(), row.Prompt.AsMemory()), cancellationToken);
        return edges.Read(row.Label, scores, time.GetElapsedTime(start) - scores.QueueWait);
    }
}
