using PolicyGateway.Audit;

namespace PolicyGateway.Access;

/// <summary>
/// Changes that open something are recorded first, so that nothing is ever open without its record. What takes away is in force first, and
/// recorded whatever comes of keeping it.
/// </summary>
internal static class RecordedChange
{
    /// <summary>Records a change, then makes it.</summary>
    /// <param name="audit">Where it is recorded.</param>
    /// <param name="record">What is done.</param>
    /// <param name="write">Does it; false where somebody else was faster.</param>
    /// <param name="cancellationToken">Ends the wait for the record.</param>
    /// <returns>Whether it was done. Where it was not, a second record says so (<c>….lost</c>).</returns>
    public static async Task<bool> MakeAsync(this IAuditLog audit, ChangeRecord record, Func<ValueTask<bool>> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // From here on whoever asked may leave: what was recorded is done, or recorded as not done.
        await audit.CommitAsync(record, CancellationToken.None);
        var done = false;
        try
        {
            done = await write();
        }
        finally
        {
            if (!done)
            {
                await audit.CommitAsync(record with { Event = record.Event + ChangeEvents.Lost, Reason = null }, CancellationToken.None);
            }
        }

        return done;
    }

    /// <summary>Keeps what was taken away and is in force already; whoever asked for it may leave.</summary>
    /// <param name="audit">Where it is recorded if it cannot be kept.</param>
    /// <param name="record">What was taken away.</param>
    /// <param name="keep">Keeps it; waits for nobody's patience.</param>
    /// <returns>What <paramref name="keep"/> returns, which is yet to be recorded. Where it throws, a record says that it is in force until the next restart only (<c>….unkept</c>).</returns>
    public static async Task<T> KeepAsync<T>(this IAuditLog audit, ChangeRecord record, Func<Task<T>> keep)
    {
        try
        {
            return await keep();
        }
        catch
        {
            await audit.CommitAsync(record with { Event = record.Event + ChangeEvents.Unkept }, CancellationToken.None);
            throw;
        }
    }
}
