using System.Text.Json;
using System.Text.RegularExpressions;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Outgoing;
using PolicyGateway.Privacy;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>Dashboards, alerts and the documentation name metrics that exist.</summary>
[Collection(TelemetryTests.Name)]
public sealed partial class DeployFilesTests
{
    private static readonly string Root = FindRoot();

    [Theory]
    [InlineData("deploy/prometheus/alerts.yaml")]
    [InlineData("deploy/grafana/dashboards/policygateway.json")]
    public async Task Every_metric_that_is_asked_for_is_scraped(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Root, file));
        var scrape = await ScrapeAsync();

        var names = MetricName().Matches(text).Select(match => match.Value).Distinct().Where(name => !IsLabel(name)).ToList();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"\n{name}{{", scrape, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("deploy/prometheus/alerts.yaml")]
    [InlineData("deploy/grafana/dashboards/policygateway.json")]
    public async Task Every_label_that_is_asked_for_is_scraped(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Root, file));
        var scrape = await ScrapeAsync();

        var labels = MetricName().Matches(text).Select(match => match.Value).Distinct().Where(IsLabel);

        Assert.All(labels, label => Assert.Contains($"{label}=\"", scrape, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_operators_table_lists_every_metric_of_the_gateway_and_no_other()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Root, "docs/operations.md"));
        var scrape = await ScrapeAsync();

        var documented = TableRow().Matches(text).Select(match => match.Groups[1].Value.Replace('.', '_')).Order();
        var scraped = TypeLine().Matches(scrape).Select(match => Suffix().Replace(match.Groups[1].Value, "")).Distinct().Order();

        Assert.Equal(scraped, documented);
    }

    [Fact]
    public void The_dashboard_is_valid_json() =>
        Assert.Equal("policygateway", JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "deploy/grafana/dashboards/policygateway.json"))).RootElement.GetProperty("uid").GetString());

    private static async Task<string> ScrapeAsync()
    {
        await using var host = await TelemetryHost.StartAsync();
        using var audit = new AuditMetrics();
        using var access = new AccessMetrics(static () => Task.FromResult(0), static () => Task.FromResult<IReadOnlyList<DateTimeOffset>>([]), static () => Task.FromResult(0), TimeProvider.System);
        using var outgoing = new OutboxMetrics();
        outgoing.Watch(static () => [("webhook:crm", 1, TimeSpan.FromSeconds(1))]);
        outgoing.Delivered("webhook:crm");
        outgoing.Failed("webhook:crm", "timeout");
        outgoing.Dropped("webhook:crm", "expired");
        using var privacy = new PrivacyMetrics();
        EveryVerb.Of(host.Telemetry);
        audit.Recorded(1, TimeSpan.FromMilliseconds(1));
        return await host.Management.GetStringAsync("/metrics");
    }

    private static bool IsLabel(string name) =>
        name is "policygateway_outcome" or "policygateway_reason" or "policygateway_category" or "policygateway_severity"
            or "policygateway_unknown" or "policygateway_model" or "policygateway_policy_version" or "policygateway_result"
            or "policygateway_side" or "policygateway_verdict" or "policygateway_candidate_model" or "policygateway_candidate_verdict"
            or "policygateway_receiver";

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PolicyGateway.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\b(policygateway|gen_ai)_[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^\| `((?:policygateway|gen_ai)\.[a-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex("^# TYPE ((?:policygateway|gen_ai)_[a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    // Prometheus adds the unit and the kind to a name; bytes stand in ours already.
    [GeneratedRegex("(_seconds)?(_total)?$")]
    private static partial Regex Suffix();
}
