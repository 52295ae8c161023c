using Microsoft.Extensions.Logging;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Audit;

/// <summary>What the log does when its disk, its clock or its files fail it.</summary>
public sealed class AuditFaultTests
{
    [Fact]
    public async Task A_full_disk_fails_the_commit_and_the_log_goes_on_once_there_is_room()
    {
        using var folder = new AuditFolder();
        var disk = new Disk();
        await using var log = await folder.OpenAsync(onOpen: disk.Attach);
        await log.CommitAsync(Some.Record("before"), default);

        // The bound does not shrink a file: the pages that it has may still be filled.
        disk.Set("PRAGMA max_page_count=1");
        var refused = new List<AuditUnavailableException>();
        for (var i = 0; i < 40; i++)
        {
            var attempt = await Record.ExceptionAsync(() => log.CommitAsync(Some.Record($"full{i}") with { Rule = new string('r', 5000) }, default));
            if (attempt is AuditUnavailableException unavailable)
            {
                refused.Add(unavailable);
            }
        }

        Assert.NotEmpty(refused);
        Assert.Contains(refused, fault => fault.ToString().Contains("full", StringComparison.Ordinal));
        Assert.NotNull(log.Fault);

        disk.Set("PRAGMA max_page_count=1000000");
        await log.CommitAsync(Some.Record("after"), default);

        Assert.Null(log.Fault);
        var report = folder.Verify();
        Assert.Empty(report.Faults);
        Assert.Equal("after", folder.Show()[^1].Text("decision"));
        Assert.Equal(report.Records, folder.Show().Length);
    }

    [Fact]
    public async Task A_disk_that_stalls_fails_the_commit_in_time()
    {
        using var folder = new AuditFolder(static options => options.CommitTimeout = TimeSpan.FromMilliseconds(200));
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("before"), default);
        using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder.Options.File};Pooling=False");
        other.Open();
        using (var locking = other.BeginTransaction(System.Data.IsolationLevel.Serializable))
        {
            var fault = await Assert.ThrowsAsync<AuditUnavailableException>(() => log.CommitAsync(Some.Record("stalled"), default).WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.Contains("Audit:CommitTimeout", fault.Message, StringComparison.Ordinal);
        }

        await log.CommitAsync(Some.Record("after"), default);
    }

    [Fact]
    public async Task An_idle_log_finds_out_by_itself_that_it_can_be_written_again()
    {
        using var folder = new AuditFolder();
        var disk = new Disk();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var log = await folder.OpenAsync(clock, disk.Attach);
        disk.Set("PRAGMA query_only=1");
        await Assert.ThrowsAsync<AuditUnavailableException>(() => log.CommitAsync(Some.Record("d1"), default));
        disk.Set("");

        for (var tries = 0; log.Fault is not null && tries < 2000; tries++)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(5);
        }

        Assert.Null(log.Fault);
    }

    [Fact]
    public async Task A_change_that_cannot_be_recorded_is_named_in_the_log()
    {
        using var folder = new AuditFolder();
        using var logs = new RecordingLogs();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(logs));
        var disk = new Disk();
        await using var log = await SqliteAuditLog.OpenAsync(folder.Options, TimeProvider.System, logging.CreateLogger<SqliteAuditLog>(), disk.Attach);
        disk.Set("PRAGMA query_only=1");

        await Assert.ThrowsAsync<AuditUnavailableException>(() => log.CommitAsync(
            new ChangeRecord { Event = "grant.revoked.unkept", Issuer = "https://issuer.example", Subject = "who-did-it", Target = "grt_1", Reason = "why he did it" }, default));

        var line = Assert.Single(logs.Lines, static line => line.Contains("ChangeNotRecorded", StringComparison.Ordinal));
        Assert.Contains("grant.revoked.unkept of grt_1", line, StringComparison.Ordinal);
        Assert.DoesNotContain(logs.Lines, static line => line.Contains("he did it", StringComparison.Ordinal) || line.Contains("who-did-it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_note_lost_with_its_batch_is_counted()
    {
        using var folder = new AuditFolder(options => options.BatchMaxDelay = TimeSpan.Zero);
        var disk = new Disk();
        var log = await folder.OpenAsync(onOpen: disk.Attach);
        disk.Set("PRAGMA query_only=1");
        var dropped = 0L;
        using var listener = AuditLogTests.Listen<long>(log, "policygateway.audit.dropped", (count, _) => Interlocked.Add(ref dropped, count));

        log.Note(Some.Record("lost"));
        await Assert.ThrowsAsync<AuditUnavailableException>(() => log.CommitAsync(Some.Record("refused"), default));
        await log.DisposeAsync();

        Assert.Equal(1, dropped);
        Assert.True(folder.Verify().Intact);
    }

    [Fact]
    public async Task A_clock_moved_back_keeps_the_order_and_is_marked()
    {
        using var folder = new AuditFolder();
        var clock = new MovableClock(new DateTimeOffset(2025, 6, 1, 12, 0, 0, TimeSpan.Zero));
        await using (var log = await folder.OpenAsync(clock))
        {
            await log.CommitAsync(Some.Record("d1"), default);
            clock.Now -= TimeSpan.FromHours(3);
            await log.CommitAsync(Some.Record("d2"), default);
            clock.Now += TimeSpan.FromHours(4);
            await log.CommitAsync(Some.Record("d3"), default);
        }

        var rows = folder.Show()[1..];
        Assert.Equal(["d1", "d2", "d3"], rows.Select(row => row.Text("decision")));
        Assert.Equal(["", "true", ""], rows.Select(row => row.Text("clock_moved_back")));
        Assert.Equal(rows[0].Text("recorded_at"), rows[1].Text("recorded_at"));
        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task A_missing_key_of_an_existing_log_is_not_replaced()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);
        File.Delete(folder.Options.SigningKeyFile);

        var fault = await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());

        Assert.Contains("Audit:SigningKeyFile", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_not_made_where_that_is_switched_off()
    {
        using var folder = new AuditFolder(options => options.CreateKeyIfMissing = false);

        await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());

        Assert.False(File.Exists(folder.Options.SigningKeyFile));
    }

    [Fact]
    public async Task A_garbled_key_names_its_setting()
    {
        using var folder = new AuditFolder();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.Options.SigningKeyFile)!);
        await File.WriteAllTextAsync(folder.Options.SigningKeyFile, "not a key");

        var fault = await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());

        Assert.Contains("Audit:SigningKeyFile", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_key_is_taken_and_recorded_and_both_verify()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        using var old = VerifyingKey.Load(folder.Options.SigningKeyFile);
        File.Delete(folder.Options.SigningKeyFile);
        File.Delete(SigningKey.PublicFileOf(folder.Options.SigningKeyFile));
        SigningKey.Create(folder.Options.SigningKeyFile).Dispose();

        await folder.FillAsync(1);

        Assert.Equal(AuditFaultKind.Key, Assert.Single(folder.Verify().Faults).Kind);
        using var current = VerifyingKey.Load(folder.Options.SigningKeyFile);
        var keys = new Dictionary<string, VerifyingKey> { [old.Id] = old, [current.Id] = current };
        Assert.Empty(AuditVerifier.Verify(folder.Options.File, keys, [.. ExpectedHead.OfFile(folder.Options.HeadsFile)]).Faults);
        Assert.Equal(2, folder.Show().Count(row => row.Text("kind") == "key"));
    }

    [Fact]
    public async Task A_database_set_back_behind_its_exported_heads_is_not_written_to()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        var backup = await File.ReadAllBytesAsync(folder.Options.File);
        await folder.FillAsync(2);
        await File.WriteAllBytesAsync(folder.Options.File, backup);

        var fault = await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());

        Assert.Contains("Audit:HeadsFile", fault.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Verify().Faults, found => found is { Kind: AuditFaultKind.CutOff, Seq: 4 });
    }

    [Fact]
    public async Task A_last_record_rewritten_while_the_gateway_was_down_is_not_signed_over()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        File.Delete(folder.Options.HeadsFile);
        folder.Tamper("UPDATE chain SET hash = zeroblob(32) WHERE seq = 3");

        await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());
    }

    [Fact]
    public async Task A_half_written_head_is_cut_away_at_the_next_start()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);
        await File.AppendAllTextAsync(folder.Options.HeadsFile, "{\"log\":\"");

        Assert.Empty(folder.Verify().Faults);
        await folder.FillAsync(1);

        Assert.All(HeadsFile.Read(folder.Options.HeadsFile), line => Assert.NotNull(line.Head));
        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task Heads_that_cannot_be_exported_do_not_stop_commits()
    {
        using var folder = new AuditFolder(options => options.CheckpointEvery = 1);
        Directory.CreateDirectory(folder.Options.HeadsFile);
        await using var log = await folder.OpenAsync();

        await log.CommitAsync(Some.Record("d1"), default);
        await log.CommitAsync(Some.Record("d2"), default);
    }

    /// <summary>A clock that can be set back, which FakeTimeProvider refuses.</summary>
    private sealed class MovableClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
