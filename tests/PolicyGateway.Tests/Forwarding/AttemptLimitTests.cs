using System.Net;
using System.Text;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Telemetry;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>Where trying again ends: at the budget, at the client, and at the first byte that left.</summary>
public sealed class AttemptLimitTests
{
    private const string OpenPolicy = """
        {
          "name": "open", "anonymous": "allow",
          "categories": {
            "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"] }, "allow_unjudged": true },
            "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] }, "allow_unjudged": true }
          }
        }
        """;

    [Theory]
    [InlineData("MaxAttempts", "1")]
    [InlineData("RetryBudget", "0")]
    public async Task Nobody_else_is_asked_where_the_budget_says_so(string key, string value)
    {
        await using var backends = await TheBackends.StartAsync(the => the[key] = value);
        backends.First.Answer = TheBackends.Status(503);

        var answer = await backends.AskAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Contains("status 503", answer.Text, StringComparison.Ordinal);
        Assert.Empty(backends.Second.Received);
    }

    [Fact]
    public async Task Retries_stop_when_the_budget_is_used_up()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(429);

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 15; i++)
        {
            answers.Add((await backends.AskAsync()).Status);
        }

        // Ten are always allowed, and a fifth of fifteen is less.
        Assert.Equal(10, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(15, backends.First.Received.Count);
        Assert.Equal(10, backends.Second.Received.Count);
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_asked_for_again()
    {
        await using var backends = await TheBackends.StartAsync(static the => the["Clusters:c:Destinations:2:Address"] = the.Second.Url);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        backends.First.Answer = TheBackends.Status(503);
        backends.Second.Answer = context =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var leave = new CancellationTokenSource();
        using var request = TheGateway.Request(TheGateway.Ask("hello"));
        var sending = backends.Gateway.Client.SendAsync(request, leave.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await backends.Second.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("client_closed_request", (await backends.Gateway.Audit.LastAsync()).Reason);
        Assert.Single(backends.Second.Received);
    }

    [Fact]
    public async Task Nothing_is_tried_again_behind_the_first_byte_that_passed()
    {
        await using var backends = await TheBackends.StartAsync(static the => the.Gateway.PolicyText = OpenPolicy);
        var first = ScriptedBackend.Chunk(new { content = "a" }, null);
        backends.First.Answer = TheBackends.BreakOff(stream: true, first, TimeSpan.FromMilliseconds(100));

        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await backends.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = await ReadToTheBreakAsync(response);

        Assert.StartsWith(first, text, StringComparison.Ordinal);
        Assert.Contains("upstream_failed", text, StringComparison.Ordinal);
        Assert.Empty(backends.Second.Received);
    }

    [Fact]
    public async Task What_would_pass_unjudged_may_be_tried_again_before_its_first_byte()
    {
        await using var backends = await TheBackends.StartAsync(static the => the.Gateway.PolicyText = OpenPolicy);
        var stream = ScriptedBackend.Stream("From the second.");
        backends.First.Answer = TheBackends.Status(503);
        backends.Second.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        Assert.Equal(stream, (await backends.AskAsync(stream: true)).Text);
    }

    [Fact]
    public async Task Attempts_are_counted_and_told_of_in_the_span()
    {
        await using var second = await ScriptedBackend.StartAsync();
        await using var gateway = await TracedGateway.StartAsync(the =>
        {
            the.Settings["Backends:Clusters:c:Destinations:1:Address"] = second.Url;
            the.Settings["Backends:Clusters:c:Destinations:1:Priority"] = "1";
        });
        gateway.The.Backend.Answer = TheBackends.BreakOff(stream: false, TheBackends.Secret);

        var (answer, trace) = await gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var span = trace.Step("chat m");
        Assert.Equal(2, span.GetTagItem("policygateway.upstream.attempts"));
        Assert.Equal("c/1", span.GetTagItem("policygateway.upstream.destination"));
        Assert.Equal("m", span.GetTagItem("policygateway.upstream.model"));
        var scrape = (await gateway.ScrapeAsync()).Split('\n');
        foreach (var (outcome, destination) in new[] { ("broken_off", "c/0"), ("answered", "c/1") })
        {
            Assert.Contains(scrape, line => line.StartsWith("policygateway_upstream_attempts_total{", StringComparison.Ordinal)
                && line.Contains($"policygateway_outcome=\"{outcome}\"", StringComparison.Ordinal)
                && line.Contains($"policygateway_upstream_destination=\"{destination}\"", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(gateway.Spans, seen => TracedGateway.Everything(seen).Contains(TheBackends.Secret, StringComparison.Ordinal));
    }

    private static async Task<string> ReadToTheBreakAsync(HttpResponseMessage response)
    {
        await using var body = await response.Content.ReadAsStreamAsync();
        var (text, buffer) = (new StringBuilder(), new byte[1024]);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer)) > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            return text.ToString();
        }

        throw new InvalidOperationException("The stream ended as if it were whole.");
    }
}
