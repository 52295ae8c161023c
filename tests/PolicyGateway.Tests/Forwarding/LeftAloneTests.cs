using System.Globalization;
using System.Net;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>Backends that say when to come back, and what a client is told when nobody is left to ask.</summary>
public sealed class LeftAloneTests
{
    [Fact]
    public async Task A_backend_that_says_when_to_come_back_is_left_alone_until_then()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(429, retryAfter: "2");

        await backends.AssertSecondAnswersAsync();
        await backends.AssertSecondAnswersAsync();
        Assert.Single(backends.First.Received);

        backends.First.Reset();
        await Task.Delay(TimeSpan.FromSeconds(2.1));
        Assert.Contains("Hello.", (await backends.AskAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_date_to_come_back_counts_as_well()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(503, DateTimeOffset.UtcNow.AddMinutes(1).ToString("r", CultureInfo.InvariantCulture));

        await backends.AssertSecondAnswersAsync();
        await backends.AssertSecondAnswersAsync();

        Assert.Single(backends.First.Received);
    }

    [Fact]
    public async Task When_all_are_down_the_last_failure_is_the_answer()
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the["Clusters:c:Destinations:0"] = TheBackends.Nobody;
            the["Clusters:c:Destinations:1:Address"] = TheBackends.Nobody;
        });

        var answer = await backends.AskAsync();

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_failed"), (answer.Status, answer.Code));
        var record = await backends.Gateway.Audit.LastAsync();
        Assert.Equal(("upstream_failed", 502), (record.Outcome, record.Status));
    }

    [Fact]
    public async Task When_all_say_that_they_cannot_the_last_ones_own_words_are_the_answer_and_then_nobody_is_asked()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(503, retryAfter: "60");
        backends.Second.Answer = TheBackends.Status(429, retryAfter: "30");

        var answer = await backends.AskAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Contains("status 429", answer.Text, StringComparison.Ordinal);
        Assert.Equal("30", answer.Headers["retry-after"]);

        var next = await backends.AskAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "upstream_unavailable"), (next.Status, next.Code));
        Assert.InRange(int.Parse(next.Headers["retry-after"], CultureInfo.InvariantCulture), 20, 30);
        Assert.Equal((1, 1), (backends.First.Received.Count, backends.Second.Received.Count));
    }
}
