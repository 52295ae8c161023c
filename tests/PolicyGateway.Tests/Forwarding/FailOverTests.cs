using System.Net;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>Every way in which the first backend fails, and who answers then.</summary>
public sealed class FailOverTests
{
    [Fact]
    public async Task A_backend_that_refuses_the_connection_is_replaced_by_the_next_one()
    {
        await using var backends = await TheBackends.StartAsync(static the => the["Clusters:c:Destinations:0"] = TheBackends.Nobody);

        await backends.AssertSecondAnswersAsync();

        Assert.Equal(("released", 200), await OutcomeAsync(backends));
    }

    [Fact]
    public async Task A_backend_that_resets_before_it_answers_is_replaced()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        await backends.AssertSecondAnswersAsync();

        Assert.Equal(backends.First.Received.Single().Body, backends.Second.Received.Single().Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"" + TheBackends.Secret)]
    public async Task An_answer_that_breaks_off_while_it_is_held_is_forgotten_and_another_takes_its_place(string begin)
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.BreakOff(stream: false, begin);

        await backends.AssertSecondAnswersAsync();
    }

    [Fact]
    public async Task A_body_that_is_shorter_than_announced_is_replaced()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = static async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 10_000;
            await context.Response.WriteAsync(TheBackends.Secret);
            await context.Response.Body.FlushAsync();
            context.Abort();
        };

        await backends.AssertSecondAnswersAsync();
    }

    [Fact]
    public async Task A_stream_that_breaks_off_after_keep_alives_is_replaced_in_the_same_response()
    {
        await using var backends = await TheBackends.StartAsync(static the =>
        {
            the.Gateway.Settings["Gateway:SilentHold"] = "00:00:00.100";
            the.Gateway.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        });
        var stream = ScriptedBackend.Stream("From the second.");
        backends.First.Answer = TheBackends.BreakOff(stream: true, ScriptedBackend.Chunk(new { content = TheBackends.Secret }, null), TimeSpan.FromMilliseconds(400));
        backends.Second.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await backends.AskAsync(stream: true);

        Assert.StartsWith(": keep-alive\n\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(stream, answer.Text.Replace(": keep-alive\n\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(529)]
    public async Task A_backend_that_says_that_it_cannot_is_replaced(int status)
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(status);

        await backends.AssertSecondAnswersAsync();
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task What_another_would_answer_in_the_same_way_is_not_asked_again(int status)
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(status);

        var answer = await backends.AskAsync();

        Assert.Equal(status, (int)answer.Status);
        Assert.Empty(backends.Second.Received);
    }

    [Fact]
    public async Task A_backend_that_falls_silent_while_its_answer_is_held_is_replaced()
    {
        await using var backends = await TheBackends.StartAsync(static the => the["Clusters:c:ActivityTimeout"] = "00:00:02");
        backends.First.Answer = static async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(TheBackends.Secret);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        await backends.AssertSecondAnswersAsync();

        await backends.First.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Each_cluster_gets_its_own_credential_and_no_others()
    {
        var keys = Directory.CreateTempSubdirectory("policygateway-keys-").FullName;
        await File.WriteAllTextAsync(Path.Combine(keys, "c"), "key of c");
        await File.WriteAllTextAsync(Path.Combine(keys, "d"), "key of d");
        await using var backends = await TheBackends.StartAsync(the =>
        {
            the["Clusters:c:ApiKeyFile"] = Path.Combine(keys, "c");
            the["Clusters:c:Destinations:1:Address"] = TheBackends.Nobody;
            the["Clusters:d:ApiKeyFile"] = Path.Combine(keys, "d");
            the["Clusters:d:Destinations:0"] = the.Second.Url;
            the["Models:other:Cluster"] = "d";
            the["Models:m:Fallbacks:0"] = "other";
        });
        backends.First.Answer = TheBackends.Status(503);

        await backends.AssertSecondAnswersAsync();

        Assert.Equal("Bearer key of c", backends.First.Received.Single().Headers["authorization"]);
        Assert.Equal("Bearer key of d", backends.Second.Received.Single().Headers["authorization"]);
        Directory.Delete(keys, recursive: true);
    }

    [Fact]
    public async Task A_backend_that_is_silent_for_longer_than_it_may_is_replaced()
    {
        await using var backends = await TheBackends.StartAsync(static the => the["Clusters:c:ResponseTimeout"] = "00:00:01");
        backends.First.Answer = static context => Task.Delay(Timeout.Infinite, context.RequestAborted);

        await backends.AssertSecondAnswersAsync();

        await backends.First.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Only_the_head_has_to_come_in_time()
    {
        await using var backends = await TheBackends.StartAsync(static the => the["Clusters:c:ResponseTimeout"] = "00:00:03");
        backends.First.Answer = static async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(3.5));
            await context.Response.WriteAsync(ScriptedBackend.Completion("Hello."));
        };

        Assert.Contains("Hello.", (await backends.AskAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_shadow_mode_too_the_next_one_answers()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.Status(503);

        var answer = await backends.Gateway.SendAsync(TheGateway.Ask("hello"), backends.Gateway.TokenOf("pilot"));

        Assert.Equal(ScriptedBackend.Completion("From the second."), answer.Text);
    }

    [Fact]
    public async Task A_gated_answer_of_the_next_one_is_refused_as_ever()
    {
        await using var backends = await TheBackends.StartAsync();
        backends.First.Answer = TheBackends.BreakOff(stream: false, TheBackends.Secret);
        backends.Second.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));

        var answer = await backends.AskAsync();

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    private static async Task<(string, int)> OutcomeAsync(TheBackends backends)
    {
        var record = await backends.Gateway.Audit.LastAsync();
        return (record.Outcome, record.Status);
    }
}
