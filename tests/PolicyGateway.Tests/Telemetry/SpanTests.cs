using System.Diagnostics;
using OpenTelemetry.Trace;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class SpanTests
{
    private static readonly (string, string?) Everything = ("Telemetry:SampleRatio", "1");

    [Fact]
    public async Task A_servers_span_is_named_by_its_route_and_carries_nothing_that_the_client_wrote()
    {
        await using var host = await TelemetryHost.StartAsync(Everything);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/things/marker-path?key=marker-query");
        request.Headers.TryAddWithoutValidation("User-Agent", "marker-agent");
        request.Headers.TryAddWithoutValidation("Host", "marker-host");

        var spans = await host.TraceAsync(request, atLeast: 2);

        var server = spans.Single(span => span.Kind == ActivityKind.Server);
        Assert.Equal("GET /v1/things/{id}", server.DisplayName);
        Assert.Equal("/v1/things/{id}", server.GetTagItem("http.route"));
        Assert.Equal(200, server.GetTagItem("http.response.status_code"));
        Assert.All(spans, span => Assert.DoesNotContain("marker", Everywhere(span), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Steps_are_children_of_the_servers_span()
    {
        await using var host = await TelemetryHost.StartAsync(Everything);

        var spans = await host.TraceAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/things/1"), atLeast: 2);

        var server = spans.Single(span => span.Kind == ActivityKind.Server);
        Assert.Equal(server.SpanId, spans.Single(span => span.DisplayName == "read").ParentSpanId);
    }

    [Fact]
    public async Task A_failure_is_named_by_its_type_and_not_by_its_message()
    {
        await using var host = await TelemetryHost.StartAsync(Everything);

        var server = Assert.Single(await host.TraceAsync(new HttpRequestMessage(HttpMethod.Get, "/fails"), atLeast: 1));

        Assert.Equal(ActivityStatusCode.Error, server.Status);
        Assert.Equal(typeof(InvalidOperationException).FullName, server.GetTagItem("error.type"));
        Assert.DoesNotContain("secret", Everywhere(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_method_that_does_not_exist_is_not_repeated()
    {
        await using var host = await TelemetryHost.StartAsync(Everything);

        var server = Assert.Single(await host.TraceAsync(new HttpRequestMessage(new HttpMethod("MARKER"), "/nothing"), atLeast: 1));

        Assert.Equal("_OTHER", server.GetTagItem("http.request.method"));
        Assert.DoesNotContain("MARKER", Everywhere(server), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ActivityKind.Server, "url.query", null)]
    [InlineData(ActivityKind.Server, "url.path", null)]
    [InlineData(ActivityKind.Server, "user_agent.original", null)]
    [InlineData(ActivityKind.Server, "server.address", null)]
    [InlineData(ActivityKind.Server, "http.request.header.x-api-key", null)]
    [InlineData(ActivityKind.Server, "http.route", "value")]
    [InlineData(ActivityKind.Server, "policygateway.reason", "value")]
    [InlineData(ActivityKind.Client, "url.full", null)]
    [InlineData(ActivityKind.Client, "url.query", null)]
    [InlineData(ActivityKind.Client, "server.address", "value")]
    [InlineData(ActivityKind.Internal, "policygateway.category", "value")]
    public void Tags_leave_by_a_list(ActivityKind kind, string tag, string? expected)
    {
        using var span = Started(kind).SetTag(tag, "value");
        using var hygiene = new SpanHygiene();

        hygiene.OnEnd(span);

        Assert.Equal(expected, span.GetTagItem(tag));
    }

    [Fact]
    public void A_long_value_is_cut_and_tags_beyond_the_limit_are_dropped()
    {
        using var span = Started(ActivityKind.Internal).SetTag("policygateway.reason", new string('x', 10_000));
        for (var i = 0; i < 1000; i++)
        {
            span.SetTag($"policygateway.{i}", "value");
        }

        using var hygiene = new SpanHygiene();
        hygiene.OnEnd(span);

        Assert.Equal(SpanHygiene.LongestValue, ((string)span.GetTagItem("policygateway.reason")!).Length);
        Assert.Equal(SpanHygiene.MostTags, span.TagObjects.Count());
    }

    [Theory]
    [InlineData(true, true, SamplingDecision.RecordAndSample)]
    [InlineData(true, false, SamplingDecision.Drop)]
    [InlineData(false, true, SamplingDecision.Drop)]
    public void A_callers_sampling_counts_only_where_it_is_followed(bool isFollowed, bool callerSamples, SamplingDecision expected)
    {
        var sampler = TelemetryExtensions.CreateSampler(new TelemetryOptions { SampleRatio = 0, FollowCallerSampling = isFollowed });
        var parent = new ActivityContext(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(),
            callerSamples ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true);

        var result = sampler.ShouldSample(new SamplingParameters(parent, parent.TraceId, "span", ActivityKind.Server));

        Assert.Equal(expected, result.Decision);
    }

    private static Activity Started(ActivityKind kind)
    {
        var span = new Activity("test");
        span.Start();
        typeof(Activity).GetProperty(nameof(Activity.Kind))!.SetValue(span, kind);
        return span;
    }

    private static string Everywhere(Activity span) => string.Join(
        '\n', [span.DisplayName, span.OperationName, span.StatusDescription, .. span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"), .. span.Events.Select(e => e.Name)]);
}
