using System.Runtime.CompilerServices;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>Works on items side by side and gives the results in the order of the items.</summary>
internal static class InOrder
{
    /// <param name="items">The items; no more are taken than are under way, so that memory does not grow with their number.</param>
    /// <param name="atOnce">How many are under way at once.</param>
    /// <param name="select">The work on one of them.</param>
    /// <param name="cancellationToken">Ends it by an exception.</param>
    public static async IAsyncEnumerable<TResult> SelectAsync<TItem, TResult>(
        IEnumerable<TItem> items, int atOnce, Func<TItem, Task<TResult>> select, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var underWay = new Queue<Task<TResult>>(atOnce);
        foreach (var item in items)
        {
            if (underWay.Count == atOnce)
            {
                yield return await underWay.Dequeue();
            }

            underWay.Enqueue(Task.Run(() => select(item), cancellationToken));
        }

        while (underWay.TryDequeue(out var task))
        {
            yield return await task;
        }
    }
}
