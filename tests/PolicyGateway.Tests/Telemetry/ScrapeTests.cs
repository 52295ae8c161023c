using PolicyGateway.Telemetry;
namespace PolicyGateway.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class ScrapeTests
{
    [Fact]
    public async Task Bytes_released_without_a_verdict_are_seen_at_zero_before_anything_happened()
    {
        await using var host = await TelemetryHost.StartAsync();

        var scrape = await host.Management.GetStringAsync("/metrics");

        Assert.Equal("0", ValueOf(scrape, "policygateway_unscanned_bytes_total"));
    }

    [Fact]
    public async Task Every_metric_of_the_gateway_reaches_the_scraper_under_its_documented_name()
    {
        await using var host = await TelemetryHost.StartAsync();
        EveryVerb.Of(host.Telemetry);

        var scrape = await host.Management.GetStringAsync("/metrics");

        Assert.All(
            [
                "policygateway_decisions_total", "policygateway_outcomes_total", "policygateway_unscanned_bytes_total",
                "policygateway_released_bytes_total", "policygateway_classification_duration_seconds_bucket",
                "policygateway_hold_duration_seconds_bucket", "policygateway_held_bytes_bucket",
                "policygateway_upstream_time_to_first_byte_seconds_bucket", "gen_ai_server_request_duration_seconds_bucket",
                "gen_ai_server_time_to_first_token_seconds_bucket",
            ],
            name => Assert.Contains($"\n{name}{{", scrape, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_label_with_quotes_and_line_breaks_stays_one_label()
    {
        await using var host = await TelemetryHost.StartAsync();
        host.Telemetry.FirstReleasedByte(TimeSpan.FromSeconds(1), new GenAiCall("chat", "openai.chat", "a\"b\\c\nd} 1"));

        var scrape = await host.Management.GetStringAsync("/metrics");

        Assert.Contains("""gen_ai_request_model="a\"b\\c\nd} 1",le=""", scrape, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_durations_are_told_apart_beyond_ten_seconds()
    {
        await using var host = await TelemetryHost.StartAsync();
        await host.Public.GetStringAsync("/v1/things/1");

        var scrape = await host.Management.GetStringAsync("/metrics");

        var line = scrape.Split('\n').First(line =>
            line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal) && line.Contains("le=\"300\"", StringComparison.Ordinal));
        Assert.Contains("http_route=\"/v1/things/{id}\"", line, StringComparison.Ordinal);
    }

    private static string ValueOf(string scrape, string metric) =>
        scrape.Split('\n').Single(line => line.StartsWith(metric + '{', StringComparison.Ordinal)).Split("} ")[1].Split(' ')[0];
}
