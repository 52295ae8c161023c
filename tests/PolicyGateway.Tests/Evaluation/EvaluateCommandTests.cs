using System.Text.Json;
using PolicyGateway.Cli;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Evaluation;

/// <summary>The command on the shipped model and policy.</summary>
public sealed class EvaluateCommandTests : IDisposable
{
    private static readonly string Reference =
        Path.Combine(ThePolicy.RepositoryRoot, "tests/PolicyGateway.Classification.Tests/Fixtures/reference.jsonl");

    private static readonly string FirstStage = Path.Combine(ThePolicy.RepositoryRoot, "models/ngram-1");

    private readonly TheRows _rows = new();

    public void Dispose() => _rows.Dispose();

    [Fact]
    public async Task The_shipped_model_is_measured_on_the_reference_texts()
    {
        var (code, output, errors) = await RunAsync("--data", Reference, "--json", _rows.PathOf("report.json"), "--html", _rows.PathOf("report.html"), "--robustness", "--sample", "5");
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(_rows.PathOf("report.json")));
        var all = report.RootElement.GetProperty("all");

        Assert.Equal((0, ""), (code, errors.Contains("line ", StringComparison.Ordinal) ? errors : ""));
        Assert.StartsWith("guard-e5-4@", report.RootElement.GetProperty("model").GetString(), StringComparison.Ordinal);
        Assert.Equal((150, 95), (all.GetProperty("rows").GetInt32(), all.GetProperty("benign").GetInt32()));
        Assert.InRange(all.GetProperty("auc").GetProperty("value").GetDouble(), 0.8, 1);
        Assert.InRange(report.RootElement.GetProperty("escalation").GetProperty("rate").GetProperty("count").GetInt32(), 100, 150);
        Assert.Contains("AUC of flagged", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_counts_are_those_of_the_scores_that_the_reference_keeps()
    {
        // The reference keeps those of the first stage.
        await RunAsync("--data", Reference, "--bundle", FirstStage, "--json", _rows.PathOf("report.json"));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(_rows.PathOf("report.json")));
        var edges = report.RootElement.GetProperty("thresholds").EnumerateArray().ToDictionary(
            head => head.GetProperty("head").GetString()!, head => head.GetProperty("uncertain").GetDouble());
        var held = (await File.ReadAllLinesAsync(Reference)).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Where(row => row.GetProperty("scores").EnumerateObject().Any(score => score.Value.GetDouble() >= edges[score.Name]))
            .ToLookup(row => row.GetProperty("severity").GetString() == "benign");

        // Other readings of a text can only add.
        Assert.InRange(report.RootElement.GetProperty("all").GetProperty("falseHolds").GetProperty("count").GetInt32(), held[true].Count(), held[true].Count() + 3);
        Assert.InRange(report.RootElement.GetProperty("all").GetProperty("recallHeld").GetProperty("count").GetInt32(), held[false].Count(), held[false].Count() + 3);
    }

    [Fact]
    public async Task Scores_that_are_given_are_measured_as_they_stand()
    {
        var (code, output, _) = await RunAsync("--data", Reference, "--bundle", FirstStage, "--scores", Reference, "--json", _rows.PathOf("report.json"));
        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(_rows.PathOf("report.json")));
        var upper = report.RootElement.GetProperty("thresholds").EnumerateArray().ToDictionary(
            head => head.GetProperty("head").GetString()!, head => head.GetProperty("flagged").GetDouble());
        var alarms = (await File.ReadAllLinesAsync(Reference)).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Where(row => row.GetProperty("scores").EnumerateObject().Any(score => score.Value.GetDouble() >= upper[score.Name]))
            .ToLookup(row => row.GetProperty("severity").GetString() == "benign");

        Assert.Equal(0, code);
        Assert.StartsWith("reference.jsonl", report.RootElement.GetProperty("model").GetString(), StringComparison.Ordinal);
        Assert.Equal(alarms[true].Count(), report.RootElement.GetProperty("all").GetProperty("falseAlarms").GetProperty("count").GetInt32());
        Assert.Equal(alarms[false].Count(), report.RootElement.GetProperty("all").GetProperty("recall").GetProperty("count").GetInt32());
        Assert.Contains("AUC of flagged", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"row-0"}""", "line 1 has no probability of cyber in \"scores\"")]
    [InlineData("""{"id":"row-0","scores":7}""", "is no JSON of a row's scores")]
    [InlineData("""{"scores":{}}""", "has no \"id\"")]
    [InlineData("nonsense", "is no JSON (at byte")]
    [InlineData("""{"id":"row-0","scores":{"cyber":1.5}}""", "has no probability of cyber")]
    [InlineData("""{"id":"row-0","stage":7,"scores":{}}""", "has a \"stage\" or a \"model\" that is no string")]
    public async Task A_line_of_scores_that_is_none_is_named(string line, string fault)
    {
        var (code, _, errors) = await RunAsync(
            "--data", _rows.File("data.jsonl", _rows.Row("Bread")), "--bundle", FirstStage, "--scores", _rows.File("scores.jsonl", line));

        Assert.Equal(1, code);
        Assert.Contains(fault, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_without_given_scores_is_left_out_and_named()
    {
        var known = File.ReadLines(Reference).First();
        var data = _rows.File("data.jsonl", _rows.Row("Bread"), known);
        var (code, output, errors) = await RunAsync("--data", data, "--bundle", FirstStage, "--scores", _rows.File("scores.jsonl", known));

        Assert.Equal(1, code);
        Assert.Contains($"{data}, line 1 has an \"id\" without a line in --scores", errors, StringComparison.Ordinal);
        Assert.Contains("1 rows", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_scores_cannot_be_asked_for_rewritten_texts_and_must_exist()
    {
        var (both, _, errors) = await RunAsync("--data", Reference, "--scores", Reference, "--robustness");
        var (missing, _, named) = await RunAsync("--data", Reference, "--scores", "no-such.jsonl");

        Assert.Equal((1, 1), (both, missing));
        Assert.Contains("--robustness rewrites texts", errors, StringComparison.Ordinal);
        Assert.Contains("--scores: there is no file no-such.jsonl", named, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_any_text_is_written_anywhere()
    {
        var (_, output, errors) = await RunAsync(
            "--data", Reference, "--bundle", FirstStage, "--json", _rows.PathOf("report.json"), "--html", _rows.PathOf("report.html"), "--robustness", "--sample", "5");
        string[] written = [output, errors, await File.ReadAllTextAsync(_rows.PathOf("report.json")), await File.ReadAllTextAsync(_rows.PathOf("report.html"))];

        foreach (var line in await File.ReadAllLinesAsync(Reference))
        {
            var text = JsonSerializer.Deserialize<JsonElement>(line).GetProperty("text").GetString()!;
            Assert.All(written, place => Assert.DoesNotContain(text, place, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Lines_that_are_left_out_make_the_exit_status_one_and_the_report_is_written()
    {
        var file = _rows.File("data.jsonl", _rows.Row("Bread"), "nonsense", _rows.Row("Butter"));
        var (code, _, errors) = await RunAsync("--data", file, "--json", _rows.PathOf("report.json"));

        Assert.Equal(1, code);
        Assert.Contains($"{file}, line 2 is no JSON", errors, StringComparison.Ordinal);
        Assert.Contains("1 lines were left out", errors, StringComparison.Ordinal);
        Assert.True(File.Exists(_rows.PathOf("report.json")));
    }

    [Fact]
    public async Task Without_a_single_row_there_is_no_report()
    {
        var (code, output, errors) = await RunAsync("--data", _rows.File("data.jsonl", "nonsense"), "--json", _rows.PathOf("report.json"));

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("No row could be read", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_rows.PathOf("report.json")));
    }

    [Fact]
    public async Task Files_that_are_missing_are_all_named_before_anything_is_scored()
    {
        var (code, _, errors) = await RunAsync("--data", "no-such-1.jsonl", "no-such-2.jsonl", "--html", "no-such-folder/report.html");

        Assert.Equal(1, code);
        Assert.Contains("no-such-1.jsonl", errors, StringComparison.Ordinal);
        Assert.Contains("no-such-2.jsonl", errors, StringComparison.Ordinal);
        Assert.Contains("--html: the folder of no-such-folder/report.html does not exist", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--limit", "0")]
    [InlineData("--sample", "many")]
    public async Task A_number_that_is_none_is_refused(string option, string value)
    {
        var (code, _, errors) = await RunAsync("--data", Reference, option, value);

        Assert.Equal(1, code);
        Assert.Contains($"{option} takes a number from 1 on", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_and_a_configuration_file_are_kept_to()
    {
        await File.WriteAllTextAsync(_rows.PathOf("gateway.json"), """{ "Classifier": { "Bundle": "/no/such/bundle" } }""");
        var (limited, output, _) = await RunAsync("--data", Reference, "--limit", "20");
        var (configured, _, errors) = await RunAsync("--data", Reference, "--config", _rows.PathOf("gateway.json"));

        Assert.Equal((0, 1), (limited, configured));
        Assert.Contains("20 rows", output, StringComparison.Ordinal);
        Assert.Contains("/no/such/bundle", errors, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await GatewayCli.Create().Parse(["evaluate", .. arguments])
            .InvokeAsync(new() { Output = output, Error = errors }, CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }
}
