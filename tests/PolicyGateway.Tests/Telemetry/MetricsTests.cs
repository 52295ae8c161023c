using System.Globalization;
using System.Text.RegularExpressions;
using PolicyGateway.Classification;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>What a scraper sees on the management address after requests of every kind.</summary>
[Collection(TelemetryTests.Name)]
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Every_kind_of_request_is_seen_with_its_labels()
    {
        await using var gateway = await TracedGateway.StartAsync();
        var the = gateway.The;
        await gateway.SendAsync(TheGateway.Ask("hello"));
        await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), the.Professional);
        await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber));
        await gateway.SendAsync(TheGateway.Json("""{"model":"made-up","messages":[{"role":"user","content":"x"}]}"""));
        var (pilot, _) = await gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), the.TokenOf("pilot"));
        await the.Audit.OfAsync(pilot.Headers["x-request-id"]);
        the.Classifier.Unknown = UnknownReason.Deadline;
        await gateway.SendAsync(TheGateway.Ask("hello"));
        the.Classifier.Unknown = UnknownReason.None;
        the.Backend.Answer = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await gateway.SendAsync(TheGateway.Ask("hello"));

        var samples = Parse(await gateway.ScrapeAsync());

        AssertSeen(samples, "policygateway_decisions_total", 1, ("side", "prompt"), ("action", "refuse"), ("reason", "verification_required"), ("category", "cyber"), ("severity", "dual-use"), ("mode", "enforce"));
        AssertSeen(samples, "policygateway_decisions_total", 1, ("side", "prompt"), ("severity", "unknown"), ("reason", "classification_unavailable"));
        AssertSeen(samples, "policygateway_decisions_total", 1, ("side", "prompt"), ("mode", "shadow"), ("category", "cyber"));
        AssertSeen(samples, "policygateway_observations_total", 1, ("result", "judged"));
        AssertSeen(samples, "policygateway_outcomes_total", 3, ("outcome", "released"));
        AssertSeen(samples, "policygateway_outcomes_total", 1, ("outcome", "refused"), ("reason", "verification_required"));
        AssertSeen(samples, "policygateway_outcomes_total", 1, ("outcome", "refused"), ("reason", "model_not_found"));
        AssertSeen(samples, "policygateway_outcomes_total", 1, ("outcome", "refused"), ("reason", "classification_unavailable"));
        AssertSeen(samples, "policygateway_outcomes_total", 1, ("outcome", "upstream_failed"), ("reason", "upstream_failed"));
        AssertSeen(samples, "policygateway_classification_duration_seconds_count", 1, ("side", "prompt"), ("unknown", "Deadline"));
        AssertSeen(samples, "policygateway_classification_queue_duration_seconds_count", 6, ("side", "prompt"));
        AssertSeen(samples, "policygateway_hold_duration_seconds_count", 2, ("outcome", "released"));
        AssertSeen(samples, "policygateway_held_bytes_count", 2, ("outcome", "released"));
        AssertSeen(samples, "policygateway_upstream_time_to_first_byte_seconds_count", 3);
        AssertSeen(samples, "gen_ai_server_time_to_first_token_seconds_count", 3);
        AssertSeen(samples, "policygateway_in_force", 1, ("model", the.Classifier.Profile.Model));
        Assert.Equal(0, samples.Single(sample => sample.Name == "policygateway_unscanned_bytes_total").Value);
        Assert.Equal(3 * ScriptedBackend.Completion("Hello.").Length, samples.Where(sample => sample.Name == "policygateway_released_bytes_total").Sum(sample => sample.Value));
    }

    [Fact]
    public async Task A_request_duration_carries_what_the_conventions_ask_for_and_no_made_up_model()
    {
        await using var gateway = await TracedGateway.StartAsync();
        await gateway.SendAsync(TheGateway.Ask("hello"));
        await gateway.SendAsync(TheGateway.Json("""{"model":"made-up","messages":[{"role":"user","content":"x"}]}"""));

        var samples = Parse(await gateway.ScrapeAsync()).Where(sample => sample.Name == "gen_ai_server_request_duration_seconds_count").ToList();

        var released = samples.Single(sample => sample.Labels["http_response_status_code"] == "200").Labels;
        Assert.Equal("chat", released["gen_ai_operation_name"]);
        Assert.Equal("openai", released["gen_ai_provider_name"]);
        Assert.Equal("m", released["gen_ai_request_model"]);
        Assert.DoesNotContain("error_type", released.Keys);
        var refused = samples.Single(sample => sample.Labels["http_response_status_code"] == "404").Labels;
        Assert.Equal("unknown", refused["gen_ai_request_model"]);
        Assert.Equal("model_not_found", refused["error_type"]);
    }

    private static void AssertSeen(List<Sample> samples, string name, double value, params (string Label, string Value)[] labels)
    {
        var found = samples.Where(sample => sample.Name == name
            && labels.All(label => sample.Labels.GetValueOrDefault("policygateway_" + label.Label) == label.Value)).ToList();
        Assert.True(
            found.Sum(sample => sample.Value).Equals(value),
            $"{name} {string.Join(' ', labels)}: {value} expected, seen:\n{string.Join('\n', samples.Where(sample => sample.Name == name).Select(sample => $"{string.Join(',', sample.Labels)} {sample.Value}"))}");
    }

    private static List<Sample> Parse(string scrape) => [.. scrape.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line =>
    {
        var parts = Line().Match(line).Groups;
        return new Sample(
            parts[1].Value,
            Label().Matches(parts[2].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value),
            double.Parse(parts[3].Value, CultureInfo.InvariantCulture));
    })];

    [GeneratedRegex(@"^([^{ ]+)(?:\{(.*)\})? (\S+)")]
    private static partial Regex Line();

    [GeneratedRegex("""(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)""")]
    private static partial Regex Label();

    private sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
}
