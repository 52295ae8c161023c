using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

public sealed class AuditLogTests
{
    [Fact]
    public async Task A_committed_record_is_in_the_file_while_the_log_is_still_open()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();

        await log.CommitAsync(Some.Record("d1"), default);

        Assert.Contains(folder.Show(), row => row.Text("decision") == "d1");
        Assert.True(folder.Verify().Intact);
    }

    [Fact]
    public async Task Every_field_of_a_record_comes_back()
    {
        using var folder = new AuditFolder();
        var record = Some.Record("d1", AuditEvent.Outcome) with
        {
            Completion = new AuditVerdict("prohibited", "none", [], Unknown: "timeout") { Signals = [new AuditSignal("azure/hate", "violence_hate", 0.5f, "none")] },
            ReleasedBytes = 12345,
            ReleasedHash = "ab12",
            Outcome = "released",
        };
        await using (var log = await folder.OpenAsync())
        {
            await log.CommitAsync(record, default);
        }

        var row = folder.Show()[^1];
        Assert.Equal("alice@example.org", row.Text("subject"));
        Assert.Equal("Institute of Measurement", row.Text("organisation"));
        Assert.Equal("outcome", row.Text("event"));
        Assert.Equal("12345", row.Text("released_bytes"));
        Assert.Equal("timeout", row.Payload["completion"]!["unknown"]!.ToString());
        string[] expected =
        [
            "v", "kind", "recorded_at", "event", "decision", "time", "trace", "issuer", "subject_digest", "organisation_digest", "tenant", "tier",
            "credentials", "dialect", "model", "policy", "mode", "classifier", "prompt", "completion", "action", "reason", "rule", "category",
            "clearance", "release_mode", "outcome", "status", "released_bytes", "released_hash", "subject", "organisation",
        ];
        Assert.Equal(expected, row.Payload.Select(field => field.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("name with \0 inside")]
    [InlineData("half a pair \ud83d")]
    [InlineData("名前 🙂 \" \\ \u0007")]
    public async Task Any_subject_verifies_and_can_be_erased(string subject)
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("d1") with { Subject = subject, Issuer = null }, default);
        Assert.Empty(folder.Verify().Faults);

        Assert.Equal(1, await log.EraseAsync(null, subject, default));

        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task A_confidence_that_is_no_number_does_not_lose_the_record()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();

        await log.CommitAsync(Some.Record("d1") with { Prompt = new AuditVerdict("benign", "x", [new AuditFinding("cyber", float.NaN, "clear")]) }, default);
        await log.CommitAsync(Some.Record("d2") with { Prompt = new AuditVerdict("benign", "x", default), Credentials = default }, default);

        Assert.True(folder.Verify().Intact);
    }

    [Fact]
    public async Task A_hundred_committers_share_a_few_transactions()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        var transactions = 0;
        using var listener = Listen<double>(log, "policygateway.audit.write.duration", (_, _) => transactions++);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => log.CommitAsync(Some.Record($"d{i}"), default))));

        Assert.InRange(transactions, 1, 99);
        var report = folder.Verify();
        Assert.Empty(report.Faults);
        Assert.Equal(101, report.Records);
    }

    [Fact]
    public async Task A_note_over_a_full_queue_is_dropped_and_counted_and_a_commit_waits()
    {
        using var folder = new AuditFolder(options => (options.QueueCapacity, options.BatchMaxRecords) = (4, 4));
        await using var log = await folder.OpenAsync();
        var dropped = new Dictionary<string, long>();
        using var listener = Listen<long>(log, "policygateway.audit.dropped", (count, cause) => dropped[cause] = dropped.GetValueOrDefault(cause) + count);

        Task commit;
        using (new WriteLock(folder))
        {
            var held = log.CommitAsync(Some.Record("held"), default);
            for (var i = 0; i < 50; i++)
            {
                log.Note(Some.Record($"n{i}"));
            }

            commit = log.CommitAsync(Some.Record("waits"), default);
            Assert.False(held.IsCompleted);
        }

        await commit;

        // Four in the batch that waits for the disk, four in the queue.
        Assert.InRange(dropped["queue_full"], 50 - 8, 50);
        var report = folder.Verify();
        Assert.True(report.Intact);
        Assert.Equal(3 + 50 - dropped["queue_full"], report.Records);
    }

    [Fact]
    public async Task Notes_are_written_at_the_latest_when_the_log_closes()
    {
        using var folder = new AuditFolder(options => options.BatchMaxDelay = TimeSpan.FromSeconds(10));
        var log = await folder.OpenAsync();
        log.Note(Some.Record("d1"));
        log.Note(Some.Record("d2"));

        await log.DisposeAsync();

        Assert.Equal(["d1", "d2"], folder.Show()[1..].Select(row => row.Text("decision")));
    }

    [Fact]
    public async Task A_closed_log_refuses_commits_and_swallows_notes()
    {
        using var folder = new AuditFolder();
        var log = await folder.OpenAsync();
        await log.DisposeAsync();
        await log.DisposeAsync();

        log.Note(Some.Record("d1"));

        await Assert.ThrowsAsync<AuditUnavailableException>(() => log.CommitAsync(Some.Record("d2"), default));
        Assert.True(folder.Verify().Intact);
    }

    [Fact]
    public async Task The_log_goes_on_where_it_ended()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        await folder.FillAsync(2);

        var report = folder.Verify();
        Assert.Empty(report.Faults);
        Assert.Equal(6, report.Records);
    }

    [Fact]
    public async Task A_second_writer_on_the_same_file_is_refused()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();

        var fault = await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());

        Assert.Contains("Audit:File", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_release_hash_is_keyed_by_a_key_that_is_not_in_the_database()
    {
        using var folder = new AuditFolder();
        using var other = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await using var stranger = await other.OpenAsync();

        Assert.Equal(HashOf(log), HashOf(log));
        Assert.NotEqual(HashOf(log), HashOf(stranger));
        Assert.NotEqual(HashOf(log), Convert.ToHexStringLower(SHA256.HashData("released"u8)));

        static string HashOf(SqliteAuditLog log)
        {
            using var hash = log.CreateReleaseHash();
            hash.AppendData("rele"u8);
            hash.AppendData("ased"u8);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    [Fact]
    public async Task The_triggers_stop_a_mistaken_update_or_delete()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        using var connection = new SqliteConnection($"Data Source={folder.Options.File};Pooling=False");
        connection.Open();

        foreach (var sql in new[] { "UPDATE chain SET payload = ''", "DELETE FROM chain", "UPDATE personal SET subject = 'x'" })
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            Assert.Equal(19, Assert.Throws<SqliteException>(() => command.ExecuteNonQuery()).SqliteErrorCode);
        }
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_key_and_the_database()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var folder = new AuditFolder();
        await folder.FillAsync(1);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(Owner, File.GetUnixFileMode(folder.Options.SigningKeyFile));
        Assert.Equal(Owner, File.GetUnixFileMode(folder.Options.File));
        Assert.Equal(Owner, File.GetUnixFileMode(folder.Options.HeadsFile));
    }

    internal static MeterListener Listen<T>(SqliteAuditLog log, string name, Action<T, string> seen) where T : struct
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == log.Metrics.Meter && instrument.Name == name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<T>((_, value, tags, _) => seen(value, tags.Length > 0 ? $"{tags[0].Value}" : ""));
        listener.Start();
        return listener;
    }

    /// <summary>Another program that holds the database: the writer waits behind it.</summary>
    private sealed class WriteLock : IDisposable
    {
        private readonly SqliteConnection _connection;

        public WriteLock(AuditFolder folder)
        {
            _connection = new SqliteConnection($"Data Source={folder.Options.File};Pooling=False");
            _connection.Open();
            Run("BEGIN IMMEDIATE");
        }

        public void Dispose()
        {
            Run("ROLLBACK");
            _connection.Dispose();
        }

        private void Run(string sql)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
