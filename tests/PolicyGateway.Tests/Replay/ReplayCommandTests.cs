using System.Text.Json;
using PolicyGateway.Cli;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Evaluation;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Replay;

/// <summary>The command on the shipped models and policy.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private static readonly string FirstStage = Path.Combine(ThePolicy.RepositoryRoot, RepositoryFiles.Bundle);
    private static readonly string SecondStage = Path.Combine(ThePolicy.RepositoryRoot, RepositoryFiles.EncoderBundle);

    private static readonly (string? Tier, string[] Credentials, string? Acr)[] Callers =
    [
        (null, [], null),
        ("registered", [], null),
        ("verified", ["security-professional"], "pwd"),
        ("professional", ["life-sciences", "chemistry"], "phr"),
    ];

    private readonly TheRows _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_same_policy_and_the_same_models_change_nothing()
    {
        var file = _files.File("traffic.jsonl.gz", Traffic());
        foreach (var candidate in new string[][] { ["--policy", ThePolicy.ShippedPath], ["--bundle", FirstStage, "--encoder", SecondStage] })
        {
            var (code, report, _) = await JsonAsync(["--data", file, .. candidate]);

            Assert.Equal((0, Traffic().Count), (code, Int(report, "rows")));
            Assert.Equal((0, 0, 0, 0, 0), (Int(report, "changed"), Int(report, "stricter"), Int(report, "looser"), Int(report, "otherwise"), report.GetProperty("changes").GetArrayLength()));
            Assert.All(report.GetProperty("decisions").EnumerateArray(), pair => Assert.Equal(pair.GetProperty("from").GetString(), pair.GetProperty("to").GetString()));
            Assert.Equal(report.GetProperty("current").GetProperty("policyVersion").GetString(), report.GetProperty("candidate").GetProperty("policyVersion").GetString());
        }
    }

    [Fact]
    public async Task A_policy_that_opens_a_category_changes_it_for_whom_it_opens()
    {
        var policy = _files.PathOf("policy.json");
        var shipped = await File.ReadAllTextAsync(ThePolicy.ShippedPath);
        await File.WriteAllTextAsync(policy, shipped.Replace("\"any_of\": [\"security-professional\"] }", "\"any_of\": [\"life-sciences\"] }", StringComparison.Ordinal));
        var text = DemoScript.Load().For(DemoPurpose.Refusal).Prompt;
        var (code, report, _) = await JsonAsync("--policy", policy, "--data", _files.File(
            "traffic.jsonl",
            JsonSerializer.Serialize(new { id = "anyone", text }),
            JsonSerializer.Serialize(new { id = "had it", text, tier = "verified", credentials = new[] { "security-professional", "fraud-investigator" } }),
            JsonSerializer.Serialize(new { id = "has it", text, tier = "professional", credentials = new[] { "life-sciences", "fraud-investigator", "ai-safety-researcher" } }),
            JsonSerializer.Serialize(new { id = "bread", text = "how do I bake bread", tier = "verified" })));

        Assert.Equal((0, 4, 2, 1, 1, 0), (code, Int(report, "rows"), Int(report, "changed"), Int(report, "stricter"), Int(report, "looser"), Int(report, "otherwise")));
        Assert.Equal(
            [("had it", "allow", "refuse"), ("has it", "refuse", "allow")],
            report.GetProperty("changes").EnumerateArray().Select(row => (row.GetProperty("id").GetString(), Decision(row, "from"), Decision(row, "to"))));
        Assert.Equal([("professional", 1, 1), ("public", 1, 0), ("verified", 2, 1)], Groups(report, "tiers"));
        Assert.Equal([("(none)", 1, 0), ("cyber", 3, 2)], Groups(report, "categories"));
        Assert.Equal([("prompt", 4, 2)], Groups(report, "kinds"));
    }

    [Fact]
    public async Task A_policy_in_shadow_carries_nothing_out()
    {
        var policy = _files.PathOf("policy.json");
        await File.WriteAllTextAsync(policy, (await File.ReadAllTextAsync(ThePolicy.ShippedPath)).Replace("\"mode\": \"enforce\"", "\"mode\": \"shadow\"", StringComparison.Ordinal));
        var (_, report, _) = await JsonAsync("--data", _files.File("traffic.jsonl", Traffic()), "--policy", policy);

        Assert.Equal((Traffic().Count, 0), (Int(report, "changed"), Int(report, "stricter")));
        Assert.Contains(report.GetProperty("decisions").EnumerateArray(), pair => (pair.GetProperty("from").GetString(), pair.GetProperty("to").GetString()) == ("refuse", "refuse (shadow)"));
    }

    [Fact]
    public async Task A_release_that_waits_longer_is_the_same_decision_otherwise()
    {
        var policy = _files.PathOf("policy.json");
        await File.WriteAllTextAsync(policy, (await File.ReadAllTextAsync(ThePolicy.ShippedPath)).Replace("\"release\": \"window\"", "\"release\": \"hold_all\"", StringComparison.Ordinal));
        var (_, report, _) = await JsonAsync("--data", _files.File("traffic.jsonl", """{"id":1,"text":"how do I keep tomatoes alive"}"""), "--policy", policy);

        Assert.Equal((0, 1), (Int(report, "changed"), Int(report, "otherwise")));
    }

    [Fact]
    public async Task A_file_that_is_cut_short_is_named_and_what_stands_before_counts()
    {
        var whole = await File.ReadAllBytesAsync(_files.File("whole.jsonl.gz", Traffic()));
        var file = _files.PathOf("traffic.jsonl.gz");
        await File.WriteAllBytesAsync(file, whole[..(whole.Length / 2)]);
        var (code, report, errors) = await JsonAsync("--data", file, "--policy", ThePolicy.ShippedPath);

        Assert.Equal(1, code);
        Assert.InRange(Int(report, "rows"), 1, Traffic().Count - 1);
        Assert.Contains("breaks off after line", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_is_tried_beside_the_one_of_now()
    {
        var (code, report, _) = await JsonAsync("--data", _files.File("traffic.jsonl", Traffic()), "--bundle", FirstStage, "--changes", "2");

        Assert.Equal(0, code);
        Assert.StartsWith(Path.GetFileName(SecondStage) + "@", report.GetProperty("current").GetProperty("model").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(Path.GetFileName(FirstStage) + "@", report.GetProperty("candidate").GetProperty("model").GetString(), StringComparison.Ordinal);
        Assert.InRange(Int(report, "changed"), 3, Traffic().Count);
        Assert.Equal((2, Int(report, "changed") - 2), (report.GetProperty("changes").GetArrayLength(), Int(report, "moreChanges")));
    }

    [Fact]
    public async Task Recorded_decisions_are_held_against_those_of_now()
    {
        var file = _files.File(
            "traffic.jsonl",
            """{"id":"a","text":"how do I keep tomatoes alive","decision":"allow"}""",
            """{"id":"b","text":"how do I keep tomatoes alive","decision":"refuse"}""",
            """{"id":"b","text":"how do I keep tomatoes alive"}""");
        var (_, report, _) = await JsonAsync("--data", file, "--policy", ThePolicy.ShippedPath);
        var recorded = report.GetProperty("recorded");

        Assert.Equal((2, 1, 3), (Int(recorded, "rows"), Int(recorded, "changed"), Int(report, "rows")));
        Assert.Equal(JsonValueKind.Null, (await JsonAsync("--data", file, "--policy", ThePolicy.ShippedPath, "--limit", "0")).Report.ValueKind);
    }

    [Fact]
    public async Task No_word_of_a_text_is_written()
    {
        var file = _files.File("traffic.jsonl", Traffic());
        var (_, json, jsonErrors) = await RunAsync("--data", file, "--bundle", FirstStage, "--json");
        var (_, table, tableErrors) = await RunAsync("--data", file, "--bundle", FirstStage);

        Assert.Contains("CANDIDATE", table, StringComparison.Ordinal);
        foreach (var line in Traffic())
        {
            var text = JsonSerializer.Deserialize<JsonElement>(line).GetProperty("text").GetString()!;
            Assert.All(new[] { json, jsonErrors, table, tableErrors }, written => Assert.DoesNotContain(text[..Math.Min(20, text.Length)], written, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Lines_that_are_no_rows_are_named_and_the_report_is_that_of_the_rest()
    {
        var file = _files.File("traffic.jsonl", """{"id":1,"text":"bread"}""", """{"id":2,"text":"bread","tier":"wizard"}""", "", "nonsense");
        var (code, report, errors) = await JsonAsync("--data", file, "--policy", ThePolicy.ShippedPath);

        Assert.Equal((1, 1, 2), (code, Int(report, "rows"), Int(report, "leftOut")));
        Assert.Contains($"{file}, line 2 has a \"tier\" that is none of this gateway's", errors, StringComparison.Ordinal);
        Assert.Contains($"{file}, line 4 is no JSON", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callers_have_the_tiers_of_the_gateways_configuration()
    {
        var policy = _files.PathOf("policy.json");
        var configuration = _files.PathOf("gateway.json");
        await File.WriteAllTextAsync(configuration, """{ "Identity": { "Tiers": ["public", "registered", "verified", "professional", "staff"] } }""");
        await File.WriteAllTextAsync(policy, (await File.ReadAllTextAsync(ThePolicy.ShippedPath)).Replace("\"tier\": \"verified\"", "\"tier\": \"staff\"", StringComparison.Ordinal));
        var file = _files.File("traffic.jsonl", """{"id":1,"text":"bread","tier":"staff"}""");

        var (code, report, _) = await JsonAsync("--data", file, "--config", configuration, "--policy", policy);
        var (without, _, errors) = await RunAsync("--data", file, "--policy", policy);

        Assert.Equal((0, 1, 1), (code, Int(report, "rows"), without));
        Assert.Contains("staff", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--policy policy.json", "Option '--data' is required")]
    [InlineData("--data no-such.jsonl", "Name what is tried")]
    [InlineData("--data no-such.jsonl --policy policy.json", "--data: there is no file no-such.jsonl")]
    [InlineData("--data no-such.jsonl --policy policy.json --config /no/such.json", "--data: there is no file")]
    public async Task What_is_missing_is_named(string arguments, string says)
    {
        var (code, output, errors) = await RunAsync(arguments.Split(' '));

        Assert.Equal(1, code);
        Assert.Contains(says, errors + output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_single_row_there_is_no_report()
    {
        var (code, output, errors) = await RunAsync("--data", _files.File("traffic.jsonl", "nonsense"), "--policy", ThePolicy.ShippedPath);

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("No row could be read", errors, StringComparison.Ordinal);
    }

    /// <summary>The reference texts, each asked by one of four callers.</summary>
    private static List<string> Traffic() =>
    [
        .. File.ReadLines(Path.Combine(ThePolicy.RepositoryRoot, "tests/PolicyGateway.Classification.Tests/Fixtures/reference.jsonl"))
            .Select((line, i) => (Row: JsonSerializer.Deserialize<JsonElement>(line), Caller: Callers[i % Callers.Length]))
            .Select(asked => JsonSerializer.Serialize(new
            {
                id = asked.Row.GetProperty("id").GetString(),
                kind = asked.Row.GetProperty("kind").GetString(),
                text = asked.Row.GetProperty("text").GetString(),
                prompt = asked.Row.TryGetProperty("prompt", out var prompt) ? prompt.GetString() : null,
                tier = asked.Caller.Tier,
                credentials = asked.Caller.Credentials,
                acr = asked.Caller.Acr,
            })),
    ];

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static IEnumerable<(string?, int, int)> Groups(JsonElement report, string dimension) =>
        report.GetProperty(dimension).EnumerateArray().Select(group => (group.GetProperty("group").GetString(), Int(group, "rows"), Int(group, "changed")));

    private static string? Decision(JsonElement row, string side) => row.GetProperty(side).GetProperty("decision").GetString();

    private static async Task<(int Code, JsonElement Report, string Errors)> JsonAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync([.. arguments, "--json"]);
        return (code, output.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(output) : JsonSerializer.Deserialize<JsonElement>("null"), errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCli.Create().Parse(["replay", .. arguments])
            .InvokeAsync(new() { Output = output, Error = errors }, CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }
}
