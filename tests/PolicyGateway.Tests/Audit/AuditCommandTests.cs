using System.CommandLine;
using System.Text.Json;
using PolicyGateway.Audit;
using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Audit;

public sealed class AuditCommandTests
{
    [Fact]
    public async Task Verify_says_intact_with_the_head_to_keep_and_exits_with_0()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);

        var (code, output) = Run("verify", "--data", folder.Path);

        Assert.Equal(0, code);
        Assert.Contains($"Intact. Head 3:{folder.Verify().LastHash}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_works_while_the_gateway_runs()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("d1"), default);

        Assert.Equal(0, Run("verify", "--data", folder.Path).Code);
        await log.CommitAsync(Some.Record("d2"), default);
    }

    [Fact]
    public async Task Verify_names_the_broken_record_and_exits_with_1()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        folder.Tamper("UPDATE personal SET subject = 'mallory' WHERE seq = 2");

        var (code, output) = Run("verify", "--data", folder.Path);
        var (_, json) = Run("verify", "--data", folder.Path, "--json");

        Assert.Equal(1, code);
        Assert.Contains("record 2 (decision d1)", output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(json);
        Assert.False(report.RootElement.GetProperty("intact").GetBoolean());
        var fault = report.RootElement.GetProperty("faults")[0];
        Assert.Equal(("personal", 2, "d1"), (fault.GetProperty("kind").GetString(), fault.GetProperty("seq").GetInt32(), fault.GetProperty("decision").GetString()));
    }

    [Fact]
    public async Task Verify_checks_a_given_head_and_a_given_key()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);
        var head = $"3:{folder.Verify().LastHash}";

        Assert.Equal(0, Run("verify", "--data", folder.Path, "--head", head, "--key", folder.Options.SigningKeyFile).Code);
        Assert.Equal(1, Run("verify", "--data", folder.Path, "--head", head.Replace("3:", "4:", StringComparison.Ordinal)).Code);
        Assert.Equal(0, Run("verify", "--data", folder.Path, "--head", folder.Options.HeadsFile).Code);
    }

    [Fact]
    public void Verify_exits_with_2_where_there_is_nothing_to_check()
    {
        using var folder = new AuditFolder();

        var (code, output) = Run("verify", "--data", folder.Path);

        Assert.Equal(2, code);
        Assert.Contains("There is no audit log at", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erase_forgets_one_person_and_leaves_a_log_that_verifies()
    {
        using var folder = new AuditFolder();
        await using (var log = await folder.OpenAsync())
        {
            await log.CommitAsync(Some.Record("d1") with { Issuer = "https://issuer.example", Subject = "alice" }, default);
            await log.CommitAsync(Some.Record("d2") with { Issuer = "https://issuer.example", Subject = "bob" }, default);
        }

        var unsure = Run("erase", "--data", folder.Path, "--subject", "alice", "--issuer", "https://issuer.example");
        var before = Run("show", "--data", folder.Path).Output;
        var erased = Run("erase", "--data", folder.Path, "--subject", "alice", "--issuer", "https://issuer.example", "--yes");
        var again = Run("erase", "--data", folder.Path, "--subject", "alice", "--issuer", "https://issuer.example", "--yes");
        var after = Run("show", "--data", folder.Path).Output;

        Assert.Equal(2, unsure.Code);
        Assert.Contains("--yes", unsure.Output, StringComparison.Ordinal);
        Assert.Contains("alice", before, StringComparison.Ordinal);
        Assert.Equal(0, erased.Code);
        Assert.Contains("1 record erased", erased.Output, StringComparison.Ordinal);
        Assert.Equal(1, again.Code);
        Assert.DoesNotContain("alice", after, StringComparison.Ordinal);
        Assert.Contains("bob", after, StringComparison.Ordinal);
        Assert.True(folder.Verify().Intact);
    }

    [Fact]
    public async Task Erase_says_so_where_a_running_gateway_has_the_log()
    {
        using var folder = new AuditFolder();
        await using var log = await folder.OpenAsync();
        await log.CommitAsync(Some.Record("d1"), default);

        var (code, output) = Run("erase", "--data", folder.Path, "--subject", "alice", "--yes");

        Assert.Equal(2, code);
        Assert.Contains("another process has it open", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_prints_a_table_of_what_passes_the_filter()
    {
        using var folder = new AuditFolder();
        await using (var log = await folder.OpenAsync())
        {
            await log.CommitAsync(Some.Record("d1") with { Subject = "evil\u001b[31m" }, default);
            await log.CommitAsync(Some.Record("d2") with { Category = "bio.toxins", Outcome = "refused", Event = AuditEvent.Refusal }, default);
            await log.CommitAsync(Some.Record("d3"), default);
        }

        var (code, all) = Run("show", "--data", folder.Path);
        var (_, bio) = Run("show", "--data", folder.Path, "--category", "bio");
        var (_, refused) = Run("show", "--data", folder.Path, "--outcome", "refused", "--json");
        var (_, newest) = Run("show", "--data", folder.Path, "--limit", "1");
        var (_, later) = Run("show", "--data", folder.Path, "--since", "2999-01-01");

        Assert.Equal(0, code);
        Assert.DoesNotContain('\u001b', all);
        Assert.Equal(5, all.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("d2", bio, StringComparison.Ordinal);
        Assert.DoesNotContain("d1", bio, StringComparison.Ordinal);
        using var line = JsonDocument.Parse(refused);
        Assert.Equal("d2", line.RootElement.GetProperty("record").GetProperty("decision").GetString());
        Assert.Contains("d3", newest, StringComparison.Ordinal);
        Assert.DoesNotContain("d2", newest, StringComparison.Ordinal);
        Assert.Single(later.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Show_prints_nothing_that_turns_a_line_around_or_steers_a_terminal()
    {
        using var folder = new AuditFolder();
        await using (var log = await folder.OpenAsync())
        {
            await log.CommitAsync(Some.Record("d1") with { Subject = "evil\u001b[31m\u202e+é" }, default);
        }

        var (_, line) = Run("show", "--data", folder.Path, "--json");
        var (_, full) = Run("show", "--data", folder.Path, "--decision", "d1");

        Assert.All([line, full], text => Assert.Contains("evil\\u001B[31m\\u202E+é", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Show_says_in_words_what_it_takes_for_a_time()
    {
        using var folder = new AuditFolder();

        var (code, output) = Run("show", "--data", folder.Path, "--since", "yesterday");

        Assert.NotEqual(0, code);
        Assert.StartsWith("--since: a day or a time, such as 2025-01-31T08:00Z.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7bff7d")]
    [InlineData("7b7d")]
    [InlineData("5b5d")]
    [InlineData("7b226b696e64223a312c226b696e64223a327d")]
    public async Task Show_prints_the_others_where_a_record_cannot_be_read(string payload)
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(3);
        folder.Tamper("UPDATE chain SET payload = CAST($0 AS TEXT) WHERE seq = 2", Convert.FromHexString(payload));

        var (code, output) = Run("show", "--data", folder.Path, "--since", "2000-01-01");

        Assert.Equal(0, code);
        Assert.Contains("d2", output, StringComparison.Ordinal);
        Assert.Contains("(altered, cannot be read)", output, StringComparison.Ordinal);
        Assert.Contains("d3", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_says_that_a_decision_is_unknown()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);

        var (code, output) = Run("show", "--data", folder.Path, "--decision", "dec_0");

        Assert.Equal(1, code);
        Assert.Equal("audit show: there is no record of the decision 'dec_0'.", output.Trim());
    }

    [Fact]
    public async Task The_log_of_a_configuration_is_read()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(1);
        var config = Path.Combine(folder.Path, "gateway.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new { Gateway = new { DataDirectory = folder.Path } }));

        Assert.Equal(0, Run("verify", "--config", config).Code);
        Assert.Contains("d1", Run("show", "--config", config).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_prints_one_decision_in_full()
    {
        using var folder = new AuditFolder();
        await folder.FillAsync(2);

        var (_, output) = Run("show", "--data", folder.Path, "--decision", "d2");

        Assert.Contains("\"rule\": \"categories.cyber.prompt.flagged\"", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"d1\"", output, StringComparison.Ordinal);
    }

    private static (int Code, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = AuditCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = output });
        return (code, output.ToString());
    }
}
