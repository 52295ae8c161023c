using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Audit;

/// <summary>
/// Reads the audit for people, beside its writer: each on a connection of its own, bounded in time, and so few at once that they do
/// not crowd out releases. What people read of themselves does not wait for what operators search.
/// </summary>
internal sealed class AuditReads(IOptions<AuditOptions> options, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _own = new(2);
    private readonly SemaphoreSlim _staff = new(2);

    /// <summary>For somebody who reads what is his.</summary>
    /// <exception cref="AuditUnavailableException">It cannot be read, or not in time.</exception>
    public Task<T> OwnAsync<T>(Func<AuditDatabase, CancellationToken, T> read, CancellationToken cancellationToken) => ReadAsync(_own, read, Longest, cancellationToken);

    /// <summary>For somebody with a role.</summary>
    /// <param name="read">Reads; looks at its token between rows.</param>
    /// <param name="longest">Where it may take longer than usual.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AuditUnavailableException">It cannot be read, or not in time.</exception>
    public Task<T> StaffAsync<T>(Func<AuditDatabase, CancellationToken, T> read, CancellationToken cancellationToken, TimeSpan? longest = null) =>
        ReadAsync(_staff, read, longest ?? Longest, cancellationToken);

    public void Dispose()
    {
        _own.Dispose();
        _staff.Dispose();
    }

    private async Task<T> ReadAsync<T>(SemaphoreSlim lane, Func<AuditDatabase, CancellationToken, T> read, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(longest, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await lane.WaitAsync(limit.Token);
            try
            {
                return await Task.Run(() => Read(read, limit.Token), CancellationToken.None);
            }
            finally
            {
                lane.Release();
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SqliteException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new AuditUnavailableException("The audit could not be read in time.", fault);
        }
    }

    private T Read<T>(Func<AuditDatabase, CancellationToken, T> read, CancellationToken cancellationToken)
    {
        using var database = AuditDatabase.Open(options.Value.File);
        using var interrupt = database.InterruptOn(cancellationToken);
        return read(database, cancellationToken);
    }
}
