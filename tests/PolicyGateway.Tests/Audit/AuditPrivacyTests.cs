using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

/// <summary>What is kept of people and their texts, and for how long.</summary>
public sealed class AuditPrivacyTests
{
    private const string Prompt = "how do I pick the lock of my own garden shed";

    [Fact]
    public async Task An_erased_person_is_in_no_file_and_the_chain_still_verifies()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("d1"), default);
        await log.CommitAsync(Some.Record("d2") with { Subject = "bob", Organisation = "Elsewhere" }, default);
        await log.CommitAsync(Some.Record("d3"), default);
        Assert.True(folder.AnyFileContains("alice@example.org"));

        Assert.Equal(2, await log.EraseAsync("https://issuer.example", "alice@example.org", default));

        Assert.False(folder.AnyFileContains("alice@example.org"));
        Assert.False(folder.AnyFileContains("Institute of Measurement"));
        Assert.Equal(["(erased)", "bob", "(erased)"], folder.Show()[1..4].Select(row => row.Text("subject")));
        var report = folder.Verify();
        Assert.Empty(report.Faults);
        Assert.Equal(2, report.Erased);
    }

    [Fact]
    public async Task The_same_subject_of_another_issuer_is_someone_else()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("d1"), default);

        Assert.Equal(0, await log.EraseAsync("https://other.example", "alice@example.org", default));
    }

    [Fact]
    public async Task Fields_that_vanish_without_an_erasure_are_named()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        folder.Tamper("DELETE FROM personal WHERE seq = 2");

        var fault = Assert.Single(folder.Verify().Faults);

        Assert.Equal((AuditFaultKind.Personal, 2L, "d1"), (fault.Kind, fault.Seq, fault.DecisionId));
    }

    [Fact]
    public async Task What_others_wrote_about_an_erased_person_is_erased_and_who_wrote_it_stays()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Change("request.denied", "Alice has no contract."), default);
        await log.CommitAsync(Change("request.denied", "Somebody else has none."), default);

        Assert.Equal(1, await log.EraseAsync("https://issuer.example", "alice@example.org", default, about: [2]));

        Assert.False(folder.AnyFileContains("no contract"));
        Assert.Equal([("approver", "(erased)"), ("approver", "Somebody else has none.")], folder.Show()[1..3].Select(row => (row.Text("subject"), row.Text("reason"))));
        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task A_reason_that_vanishes_without_an_erasure_or_changes_is_named()
    {
        using var folder = new AuditFolder();
        await using (var log = await folder.OpenAsync())
        {
            await log.CommitAsync(Change("request.denied", "No contract."), default);
            await log.CommitAsync(Change("request.denied", "No contract."), default);
        }

        folder.Tamper("UPDATE personal SET reason = NULL, reason_salt = NULL WHERE seq = 2; UPDATE personal SET reason = NULL WHERE seq = 3");

        Assert.Equal([(AuditFaultKind.Personal, 2L), (AuditFaultKind.Personal, 3L)], folder.Verify().Faults.Select(fault => (fault.Kind, fault.Seq!.Value)).Order());
    }

    [Fact]
    public async Task Two_records_of_one_person_have_different_digests()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);

        var rows = folder.Show()[1..];

        Assert.NotEqual(rows[0].Text("subject_digest"), rows[1].Text("subject_digest"));
    }

    [Fact]
    public async Task Text_is_dropped_where_sealing_is_off()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();

        await log.CommitAsync(Some.Record("d1") with { Evidence = Prompt }, default);

        Assert.False(folder.AnyFileContains("garden shed"));
        Assert.Equal("", folder.Show()[^1].Text("evidence_digest"));
    }

    [Fact]
    public async Task Sealed_text_is_never_on_the_disk_in_the_clear_and_opens_with_its_key_only()
    {
        using var folder = Sealing();
        await using var log = await folder.OpenAsync();

        await log.CommitAsync(Some.Record("d1") with { Evidence = Prompt, Category = "cyber.exploitation" }, default);
        await log.CommitAsync(Some.Record("d2") with { Evidence = "of another category", Category = "cyberspace" }, default);

        Assert.False(folder.AnyFileContains("garden shed"));
        Assert.False(folder.AnyFileContains("another category"));
        Assert.Empty(folder.Verify().Faults);
        Assert.Equal("(sealed)", folder.Show()[1].Text("evidence"));
        Assert.Equal(Prompt, Opened(folder, folder.Options.SealedEvidence.KeyFile!).Text("evidence"));
        var wrong = Path.Combine(folder.Path, "wrong.key");
        await File.WriteAllTextAsync(wrong, Convert.ToBase64String(new byte[32]));
        Assert.Equal("(sealed with another key, or altered)", Opened(folder, wrong).Text("evidence"));
        Assert.Equal("", folder.Show()[2].Text("evidence_digest"));

        static AuditRow Opened(AuditFolder folder, string key) =>
            AuditReader.Read(folder.Options.File, new AuditFilter("d1", null, null, null, 1), EvidenceSeal.Load(key))[0];
    }

    [Fact]
    public async Task Erasing_a_person_erases_the_sealed_text_too()
    {
        using var folder = Sealing();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("d1") with { Evidence = Prompt }, default);

        await log.EraseAsync("https://issuer.example", "alice@example.org", default);

        Assert.Equal("", folder.Show(new AuditFilter("d1", null, null, null, 1))[0].Text("evidence"));
        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task Sealing_without_a_readable_key_stops_the_start_and_names_its_setting()
    {
        using var folder = Sealing();
        await File.WriteAllTextAsync(folder.Options.SealedEvidence.KeyFile!, "c2hvcnQ=");

        var fault = await Assert.ThrowsAsync<AuditUnavailableException>(() => folder.OpenAsync());

        Assert.Contains("Audit:SealedEvidence:KeyFile", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retention_removes_old_records_behind_a_signed_cut()
    {
        using var folder = new AuditFolder(options => options.RetentionDays = 30);
        var clock = new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await folder.FillAsync(4, clock);
        clock.Advance(TimeSpan.FromDays(20));
        await folder.FillAsync(2, clock);
        clock.Advance(TimeSpan.FromDays(20));
        await using (var log = await folder.OpenAsync(clock))
        {
            Assert.Equal(5, await log.RetainAsync(default));
            Assert.Equal(0, await log.RetainAsync(default));
            await log.CommitAsync(Some.Record("new"), default);
        }

        var report = folder.Verify();
        Assert.Empty(report.Faults);
        Assert.Equal((6L, 9L), (report.FirstSeq, report.LastSeq));
        Assert.Equal(["decision", "decision", "retention", "decision"], folder.Show().Select(row => row.Text("kind")));

        folder.Tamper("DELETE FROM chain WHERE seq = 6; DELETE FROM personal WHERE seq = 6");
        Assert.Contains(folder.Verify().Faults, fault => fault is { Kind: AuditFaultKind.Missing, Seq: 6 });
        folder.Tamper("UPDATE heads SET seq = 6 WHERE kind = 'cut'");
        Assert.Contains(folder.Verify().Faults, fault => fault.Kind == AuditFaultKind.Head);
    }

    [Fact]
    public async Task Retention_of_many_records_goes_in_steps_and_keeps_the_chain()
    {
        using var folder = new AuditFolder(options => (options.RetentionDays, options.BatchMaxDelay) = (1, TimeSpan.Zero));
        var clock = new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var log = await folder.OpenAsync(clock);
        for (var i = 0; i < ChainWriter.StepRecords + 10; i++)
        {
            log.Note(Some.Record($"d{i}"));
        }

        await log.CommitAsync(Some.Record("last"), default);
        clock.Advance(TimeSpan.FromDays(2));

        // All but the last record, which a removal then makes the last but one: the step after it takes that too.
        Assert.Equal(ChainWriter.StepRecords + 12, await log.RetainAsync(default));

        Assert.All(folder.Show(), row => Assert.Equal("retention", row.Text("kind")));
        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task Retention_never_removes_the_last_record()
    {
        using var folder = new AuditFolder(options => options.RetentionDays = 1);
        var clock = new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await folder.FillAsync(3, clock);
        clock.Advance(TimeSpan.FromDays(100));
        await using var log = await folder.OpenAsync(clock);

        await log.RetainAsync(default);

        Assert.Empty(folder.Verify().Faults);
        Assert.Equal("d3", folder.Show()[0].Text("decision"));
    }

    private static ChangeRecord Change(string happened, string reason) =>
        new() { Event = happened, Issuer = "https://issuer.example", Subject = "approver", Target = "req_1", Reason = reason };

    private static AuditFolder Sealing()
    {
        var folder = new AuditFolder(options =>
            options.SealedEvidence = new SealedEvidenceOptions { Categories = { "cyber" }, KeyFile = "evidence.key" });
        File.WriteAllText(
            folder.Options.SealedEvidence.KeyFile!, Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)) + "\n");
        return folder;
    }
}
