using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

/// <summary>Reading beside the writer is bounded.</summary>
public sealed class AuditReadsTests
{
    [Fact]
    public async Task What_takes_too_long_is_ended_and_said_and_the_next_one_is_answered()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);
        using var reads = new AuditReads(Options.Create(folder.Options), TimeProvider.System);

        await Assert.ThrowsAsync<AuditUnavailableException>(() => reads.StaffAsync(Endless, default, TimeSpan.FromMilliseconds(50)));
        Assert.Equal((1L, 2L), await reads.StaffAsync(static (database, _) => database.ReadRange(), default));
    }

    [Fact]
    public async Task Operators_wait_for_each_other_and_people_who_read_their_own_do_not_wait_for_them()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);
        using var reads = new AuditReads(Options.Create(folder.Options), TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task[] slow = [reads.StaffAsync(Endless, stop.Token, TimeSpan.FromMinutes(1)), reads.StaffAsync(Endless, stop.Token, TimeSpan.FromMinutes(1))];

        await Assert.ThrowsAsync<AuditUnavailableException>(() => reads.StaffAsync(static (database, _) => database.ReadRange(), default, TimeSpan.FromMilliseconds(50)));
        Assert.Equal((1L, 2L), await reads.OwnAsync(static (database, _) => database.ReadRange(), default));

        // Whoever leaves is told nothing, and is no fault of the audit.
        await stop.CancelAsync();
        foreach (var left in slow)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        }
    }

    [Fact]
    public async Task A_statement_under_way_is_interrupted()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(20);
        using var database = AuditDatabase.Open(folder.Options.File);
        using var stop = new CancellationTokenSource();
        using var interrupt = database.InterruptOn(stop.Token);
        using var lines = database.ReadLines(new AuditPlace(), 0, long.MaxValue).GetEnumerator();

        Assert.True(lines.MoveNext());
        await stop.CancelAsync();

        Assert.Equal(9, Assert.Throws<SqliteException>(() => lines.MoveNext()).SqliteErrorCode);
    }

    [Fact]
    public async Task A_log_that_is_gone_is_said_to_be()
    {
        using var folder = new AuditFolder();
        using var reads = new AuditReads(Options.Create(folder.Options), TimeProvider.System);

        await Assert.ThrowsAsync<AuditUnavailableException>(() => reads.OwnAsync(static (database, _) => database.ReadRange(), default));
    }

    private static int Endless(AuditDatabase database, CancellationToken cancellationToken)
    {
        cancellationToken.WaitHandle.WaitOne();
        cancellationToken.ThrowIfCancellationRequested();
        return 0;
    }
}
