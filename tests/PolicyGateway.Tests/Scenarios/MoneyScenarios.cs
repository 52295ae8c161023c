using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Forwarding;
using PolicyGateway.Tests.Inference;
using PolicyGateway.Tests.Telemetry;

namespace PolicyGateway.Tests.Scenarios;

/// <summary>Holes that other gateways had in what they counted and what they kept, one test for each.</summary>
[Collection(TelemetryTests.Name)]
public sealed class MoneyScenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Streams => Wire.Streams;

    public static TheoryData<string> Answers => Wire.Answers;

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_slot_is_held_to_the_end_of_the_answer_and_not_to_its_head(string name)
    {
        var wire = Wire.Of(name);
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:MaxConcurrentRequests"] = "1";
        await gateway.InitializeAsync();
        var (answered, finish) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var text = new string('a', 5_000);
        var whole = wire.Speller is null ? wire.Answer(text) : wire.Answer(text, text, text);
        gateway.Backend.Answer = async context =>
        {
            await RecordedGateway.WriteAsync(context, wire.MediaType, whole[..^9]);
            await context.Response.Body.FlushAsync();
            answered.TrySetResult();
            await finish.Task;
            await context.Response.WriteAsync(whole[^9..]);
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, wire.Path) { Content = TheGateway.Json(wire.Body("hello")) };
        var sending = gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await answered.Task.WaitAsync(Patience);
        if (wire.Speller is not null)
        {
            // Its head and its first frames are with the client.
            Assert.Equal(1, await (await (await sending.WaitAsync(Patience)).Content.ReadAsStreamAsync()).ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
        }

        var second = await SendAsync(gateway, wire, "hello");
        finish.SetResult();
        using var first = await sending;
        await new StreamReader(await first.Content.ReadAsStreamAsync()).ReadToEndAsync();
        await gateway.Audit.OfAsync(first.Headers.GetValues("x-request-id").Single());
        var third = await EventuallyAsync(gateway, wire);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (second.Status, second.Headers["retry-after"]));
        Assert.Equal(HttpStatusCode.OK, third.Status);
        Assert.Equal(2, gateway.Backend.Received.Count);
    }

    [Fact]
    public async Task A_refusal_an_error_and_a_client_that_leaves_give_their_slot_back()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:MaxConcurrentRequests"] = "1";
        await gateway.InitializeAsync();
        var wire = Wire.Of("openai.chat");
        foreach (var body in new[] { wire.Body(KeywordClassifier.Cyber), "{", wire.Body("hello", "\"n\":10000") })
        {
            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, (await SendAsync(gateway, wire, body)).Status);
            Assert.Equal(HttpStatusCode.OK, (await EventuallyAsync(gateway, wire)).Status);
        }

        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Backend.Answer = context =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var leave = new CancellationTokenSource();
        using var request = TheGateway.Request(TheGateway.Ask("hello"));
        var sending = gateway.Client.SendAsync(request, leave.Token);
        await asked.Task.WaitAsync(Patience);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await gateway.Backend.Aborted.Task.WaitAsync(Patience);
        gateway.Backend.Reset();

        Assert.Equal(HttpStatusCode.OK, (await EventuallyAsync(gateway, wire)).Status);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task An_agent_that_closes_after_what_it_needs_is_recorded_with_what_it_saw(string name)
    {
        var wire = Wire.Of(name);
        await using var gateway = new TheGateway();
        await gateway.InitializeAsync();
        var text = new string('a', 500);
        gateway.Backend.Answer = async context =>
        {
            var whole = wire.Answer([.. Enumerable.Repeat(text, 10)]);
            await RecordedGateway.WriteAsync(context, wire.MediaType, whole[..^9]);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var client = gateway.ClientThatHangsUp();
        string id;
        using (var request = new HttpRequestMessage(HttpMethod.Post, wire.Path) { Content = TheGateway.Json(wire.Body("hello")) })
        using (var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Patience))
        {
            id = response.Headers.GetValues("x-request-id").Single();
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[1_500]).AsTask().WaitAsync(Patience);
        }

        await gateway.Backend.Aborted.Task.WaitAsync(Patience);
        var record = await gateway.Audit.OfAsync(id);
        Assert.Equal("client_closed_request", record.Reason);
        Assert.InRange(record.ReleasedBytes, 1_500, 10_000);
        Assert.NotNull(record.ReleasedHash);
        Assert.Equal(0, gateway.Services.GetService(typeof(LiveCallers)) is LiveCallers live ? live.Count : -1);
    }

    [Fact]
    public async Task Nothing_fails_over_once_a_byte_has_left()
    {
        await using var backends = await TheBackends.StartAsync();
        var begin = string.Concat(Enumerable.Range(0, 8).Select(_ => ScriptedBackend.Chunk(new { content = new string('a', 500) }, null)));
        backends.First.Answer = TheBackends.BreakOff(stream: true, begin, TimeSpan.FromMilliseconds(500));
        backends.Second.Answer = static context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream("From the second."));
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await backends.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[500]);

        await Assert.ThrowsAnyAsync<IOException>(async () => await new StreamReader(body).ReadToEndAsync());

        Assert.Empty(backends.Second.Received);
        Assert.Equal("upstream_failed", (await backends.Gateway.Audit.LastAsync()).Outcome);

        // And before that, what came of the first one is not mixed into the second one's answer.
        backends.First.Answer = TheBackends.BreakOff(stream: true, ScriptedBackend.Chunk(new { content = TheBackends.Secret }, null));
        Assert.Equal(ScriptedBackend.Stream("From the second."), (await backends.AskAsync(stream: true)).Text);
    }

    [Theory]
    [InlineData("openai.chat stream")]
    [InlineData("openai.responses stream")]
    [InlineData("anthropic.messages stream")]
    [InlineData("gemini.generate_content array")]
    [InlineData("ollama.generate stream")]
    public async Task A_prompt_of_sixty_thousand_tokens_loses_neither_its_spans_nor_its_record(string name)
    {
        var wire = Wire.Of(name);
        await using var gateway = await TracedGateway.StartAsync();
        var text = string.Concat(Enumerable.Repeat("walrus ", 60_000));
        gateway.The.Backend.Answer = context => RecordedGateway.WriteAsync(context, wire.MediaType, wire.Answer(text));

        var (answer, trace) = await gateway.SendAsync(TheGateway.Json(wire.Body(text)), change: request => request.RequestUri = new Uri(wire.Path, UriKind.Relative));

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Status.ToString());
        Assert.Equal([], new[] { "read", "classify", "decide", "clear", "record" }.Except(trace.Steps.Select(step => step.DisplayName)));
        Assert.Equal("released", trace.Server.GetTagItem("policygateway.outcome"));
        Assert.All(gateway.Spans, span => Assert.DoesNotContain("walrus", TracedGateway.Everything(span), StringComparison.Ordinal));
        Assert.All(gateway.Spans, span => Assert.InRange(TracedGateway.Everything(span).Length, 1, 8_000));
        Assert.DoesNotContain(gateway.LogLines, line => line.Contains("walrus", StringComparison.Ordinal));
        var record = await gateway.The.Audit.OfAsync(answer.Headers["x-request-id"]);
        Assert.Equal(("released", (long)answer.Body.Length), (record.Outcome, record.ReleasedBytes));
        Assert.DoesNotContain("walrus", record.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Reasoning_passes_neither_the_guard_nor_into_traces(string name)
    {
        var wire = Wire.Of(name);
        await using var gateway = await TracedGateway.StartAsync();
        foreach (var channel in wire.Speller!.Channels.Where(channel => channel.Contains("reason", StringComparison.Ordinal) || channel is "thinking" or "thought" or "summary"))
        {
            gateway.The.Backend.Answer = context => RecordedGateway.WriteAsync(context, wire.MediaType, wire.StreamOf(1, wire.Speller.Text(0, channel, KeywordClassifier.Cyber)));

            var (answer, _) = await gateway.SendAsync(TheGateway.Json(wire.Body("hello")), change: request => request.RequestUri = new Uri(wire.Path, UriKind.Relative));

            Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
            Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        }

        Assert.All(gateway.Spans, span => Assert.DoesNotContain("marker", TracedGateway.Everything(span), StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.LogLines, line => line.Contains("marker", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.The.Audit.Noted, record => JsonSerializer.Serialize(record).Contains("marker", StringComparison.Ordinal));
    }

    private static Task<Answer> SendAsync(TheGateway gateway, Wire wire, string prompt) => gateway.SendAsync(
        TheGateway.Json(prompt.StartsWith('{') ? prompt : wire.Body(prompt)), null, request => request.RequestUri = new Uri(wire.Path, UriKind.Relative));

    /// <summary>The slot is free a moment after the client has its answer's last byte.</summary>
    private static async Task<Answer> EventuallyAsync(TheGateway gateway, Wire wire)
    {
        gateway.Backend.Answer = context => RecordedGateway.WriteAsync(context, wire.MediaType, wire.Answer("Hello."));
        for (var i = 0; ; i++)
        {
            var answer = await SendAsync(gateway, wire, "hello");
            if (answer.Status != HttpStatusCode.ServiceUnavailable || i == 100)
            {
                return answer;
            }

            await Task.Delay(50);
        }
    }
}
