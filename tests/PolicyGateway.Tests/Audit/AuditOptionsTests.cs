using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

public sealed class AuditOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(new AuditOptionsValidator().Validate(null, new AuditOptions()).Succeeded);

    [Fact]
    public void Every_fault_is_reported_at_once_and_names_its_key()
    {
        var options = new AuditOptions
        {
            File = "",
            HeadsFile = " ",
            SigningKeyFile = "",
            RetentionDays = -1,
            BatchMaxRecords = 0,
            BatchMaxDelay = TimeSpan.FromSeconds(11),
            QueueCapacity = 0,
            CheckpointEvery = 0,
            CheckpointInterval = TimeSpan.Zero,
            SealedEvidence = new SealedEvidenceOptions { Categories = { "cyber", "" } },
        };

        var faults = new AuditOptionsValidator().Validate(null, options).Failures!.ToList();

        string[] keys =
        [
            "Audit:File", "Audit:HeadsFile", "Audit:SigningKeyFile", "Audit:RetentionDays", "Audit:BatchMaxRecords", "Audit:BatchMaxDelay",
            "Audit:QueueCapacity", "Audit:CheckpointEvery", "Audit:CheckpointInterval", "Audit:SealedEvidence:Categories", "Audit:SealedEvidence:KeyFile",
        ];
        Assert.All(keys, key => Assert.Contains(faults, fault => fault.StartsWith(key + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Paths_stand_under_the_data_folder()
    {
        var options = new AuditOptions { HeadsFile = "/mnt/export/heads.jsonl" }.ResolvePaths("/var/lib/gateway");

        Assert.Equal(("/var/lib/gateway/audit/audit.db", "/mnt/export/heads.jsonl"), (options.File, options.HeadsFile));
        Assert.Equal("/var/lib/gateway/keys/audit.pem", options.SigningKeyFile);
    }

    [Fact]
    public async Task The_host_opens_the_log_at_start_and_signs_it_off_at_stop()
    {
        using var folder = new AuditFolder();
        using (var host = Build(folder, ("Audit:QueueCapacity", "100"), ("Audit:SealedEvidence:Categories:0", "cyber"), ("Audit:SealedEvidence:KeyFile", "evidence.key")))
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, "evidence.key"), Convert.ToBase64String(new byte[32]));
            await host.StartAsync();
            Assert.True(File.Exists(folder.Options.File));
            await host.Services.GetRequiredService<IAuditLog>().CommitAsync(Some.Record("d1") with { Evidence = "text" }, default);
            await host.StopAsync();
        }

        Assert.Equal(2, HeadsFile.Read(folder.Options.HeadsFile)[^1].Head!.Seq);
        Assert.Equal("(sealed)", folder.Show()[1].Text("evidence"));
        Assert.Empty(folder.Verify().Faults);
    }

    [Fact]
    public async Task A_faulty_setting_stops_the_start()
    {
        using var folder = new AuditFolder();
        using var host = Build(folder, ("Audit:QueueCapacity", "0"));

        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains("Audit:QueueCapacity", fault.Message, StringComparison.Ordinal);
    }

    private static IHost Build(AuditFolder folder, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            settings.Append(("Gateway:DataDirectory", folder.Path)).Select(setting => new KeyValuePair<string, string?>(setting.Item1, setting.Item2)));
        builder.Services.AddAudit(builder.Configuration);
        return builder.Build();
    }
}
