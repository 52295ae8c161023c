namespace PolicyGateway.Classification.Tests;

internal static class Allocations
{
    private const int Attempts = 5;

    /// <summary>
    /// Bytes that the work allocates on this thread: the least of several attempts, since a collection that another test causes
    /// counts the rest of this thread's buffer as allocated. What the work itself allocates is in every attempt.
    /// </summary>
    public static long Of(Action work)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
