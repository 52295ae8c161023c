using PolicyGateway.Evaluation.Statistics;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>
/// Keeps like many benign rows and others, drawn with a seed while the rows go by. Which rows it keeps depends on the seed
/// and on each row's number, and on nothing else; texts of other rows are not kept.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="size">How many rows are kept of each class.</param>
internal sealed class RowSample(int seed, int size)
{
    private readonly PriorityQueue<EvaluationRow, ulong> _benign = new(Descending);
    private readonly PriorityQueue<EvaluationRow, ulong> _others = new(Descending);

    private static readonly Comparer<ulong> Descending = Comparer<ulong>.Create((left, right) => right.CompareTo(left));

    /// <summary>The rows kept so far, in the order of the data.</summary>
    public IReadOnlyList<EvaluationRow> Rows =>
        [.. _benign.UnorderedItems.Concat(_others.UnorderedItems).Select(item => item.Element).OrderBy(row => row.Number)];

    /// <summary>Passes the rows on, and keeps some of them.</summary>
    public IEnumerable<EvaluationRow> Watch(IEnumerable<EvaluationRow> rows)
    {
        foreach (var row in rows)
        {
            var kept = row.Label.IsBenign ? _benign : _others;
            kept.Enqueue(row, SplitMix.For(seed, row.Number).Next());
            if (kept.Count > size)
            {
                kept.Dequeue();
            }

            yield return row;
        }
    }
}
