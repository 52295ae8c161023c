using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>What shadow does once a request is over: it judges a copy, and nobody waits for that.</summary>
public sealed class ObservationTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_slow_classifier_keeps_neither_the_connection_nor_the_place_of_a_request_that_is_over()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:MaxConcurrentRequests"] = "1";
        await gateway.InitializeAsync();
        await gateway.SendAsync(TheGateway.Ask("hello"), gateway.TokenOf("pilot"));
        gateway.Classifier.Delay = TimeSpan.FromSeconds(2);
        var watch = Stopwatch.StartNew();

        var first = await SendAsync(gateway);
        var next = await SendAsync(gateway);
        using var elsewhere = new HttpClient { BaseAddress = gateway.Url };
        using var request = TheGateway.Request(TheGateway.Ask("hello"), gateway.TokenOf("pilot"));
        using var other = await elsewhere.SendAsync(request);

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (first.Status, next.Status, other.StatusCode));
        foreach (var record in await RecordsAsync(gateway, 4))
        {
            Assert.Equal(("shadow", "allow", "released"), (record.Mode, record.Action, record.Outcome));
            Assert.NotNull(record.Completion);
        }
    }

    [Theory]
    [InlineData("Gateway:MaxObservations", "1", 2)]
    [InlineData("Gateway:MaxObservedBytes", "4096", 3)]
    public async Task What_is_too_much_to_observe_is_counted_and_recorded_as_not_judged(string setting, string most, int dropped)
    {
        await using var gateway = new TheGateway();
        gateway.Settings[setting] = most;
        await gateway.InitializeAsync();
        gateway.Classifier.Delay = TimeSpan.FromMilliseconds(700);
        var body = ScriptedBackend.Completion(new string('x', 5000));
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, body);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(body, (await SendAsync(gateway)).Text);
        }

        var records = await RecordsAsync(gateway, 3);
        Assert.All(records, record => Assert.Equal(("shadow", "released", body.Length), (record.Mode, record.Outcome, record.ReleasedBytes)));
        var unjudged = records.Where(static record => record.Prompt is null).ToList();
        Assert.Equal(dropped, unjudged.Count);
        Assert.All(unjudged, static record => Assert.Equal(("none", "not_judged"), (record.Action, record.Reason)));
        var scrape = await gateway.Client.GetStringAsync(new Uri(gateway.Management, "/metrics"));
        Assert.Matches($$"""policygateway_observations_total\{[^}]*policygateway_result="dropped"[^}]*\} {{dropped}}\b""", scrape);
    }

    [Fact]
    public async Task A_classifier_that_falls_over_changes_nothing_and_the_request_is_recorded_as_not_judged()
    {
        await using var gateway = new TheGateway();
        await gateway.InitializeAsync();
        gateway.Classifier.Fails = static text => text.Contains("fall over", StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(gateway, "fall over")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(gateway)).Status);

        var records = await RecordsAsync(gateway, 2);
        Assert.Single(records, static record => (record.Action, record.Reason, record.Outcome) == ("none", "not_judged", "released"));
        Assert.Single(records, static record => (record.Action, record.Outcome) == ("allow", "released"));
    }

    [Fact]
    public async Task The_stop_waits_for_what_is_not_judged_yet()
    {
        await using var gateway = new TheGateway();
        await gateway.InitializeAsync();
        gateway.Classifier.Delay = TimeSpan.FromMilliseconds(700);
        gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));
        await SendAsync(gateway);

        await gateway.StopAsync().WaitAsync(Longest);

        var record = Assert.Single(gateway.Audit.Noted);
        Assert.Equal(("refuse", "cyber", "released"), (record.Action, record.Category, record.Outcome));
    }

    [Fact]
    public async Task What_is_not_judged_within_the_limit_of_the_stop_is_recorded_as_that()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:DrainTimeout"] = "00:00:00.300";
        await gateway.InitializeAsync();
        gateway.Classifier.Delay = TimeSpan.FromMinutes(5);
        for (var i = 0; i < 5; i++)
        {
            await SendAsync(gateway);
        }

        await gateway.StopAsync().WaitAsync(Longest);

        Assert.Equal(5, gateway.Audit.Noted.Count);
        Assert.All(gateway.Audit.Noted, static record => Assert.Equal(("none", "not_judged", "released"), (record.Action, record.Reason, record.Outcome)));
    }

    [Fact]
    public async Task A_stream_that_the_stop_cuts_is_recorded_once_with_what_left()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:DrainTimeout"] = "00:00:00.300";
        await gateway.InitializeAsync();
        var first = ScriptedBackend.Chunk(new { content = "a" }, null);
        gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(first);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true), gateway.TokenOf("pilot"));
        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[first.Length]);

        await gateway.StopAsync().WaitAsync(Longest);

        var record = Assert.Single(await RecordsAsync(gateway, 1));
        Assert.Equal(("shadow", "none", "draining", (long)first.Length), (record.Mode, record.Action, record.Reason, record.ReleasedBytes));
    }

    private static Task<Answer> SendAsync(TheGateway gateway, string prompt = "hello") =>
        gateway.SendAsync(TheGateway.Ask(prompt), gateway.TokenOf("pilot"));

    /// <summary>All records, once there are as many as requests; and no more than that.</summary>
    private static async Task<AuditRecord[]> RecordsAsync(TheGateway gateway, int requests)
    {
        for (var i = 0; i < 2000 && gateway.Audit.Noted.Count < requests; i++)
        {
            await Task.Delay(10);
        }

        await Task.Delay(50);
        Assert.Equal(requests, gateway.Audit.Noted.Count);
        return [.. gateway.Audit.Noted];
    }
}
