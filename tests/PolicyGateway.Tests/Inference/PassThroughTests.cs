using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A policy that accepts by name that text leaves unjudged: it leaves event by event, and stops at a verdict.</summary>
public sealed class PassThroughTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new()
    {
        PolicyText = """
            {
              "name": "open", "anonymous": "allow",
              "categories": {
                "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"] }, "allow_unjudged": true },
                "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] }, "allow_unjudged": true }
              }
            }
            """,
    };

    public Task InitializeAsync()
    {
        _gateway.Settings["Backends:Clusters:c:Signals:0:Header"] = "x-expert-score";
        _gateway.Settings["Backends:Clusters:c:Signals:0:Head"] = "cyber";
        _gateway.Settings["Backends:Clusters:c:Signals:1:Annotation"] = "jailbreak";
        _gateway.Settings["Backends:Clusters:c:Signals:1:Head"] = "cyber";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task An_event_leaves_before_the_backend_is_done_and_behind_its_record()
    {
        var finish = new TaskCompletionSource();
        var (first, last) = (ScriptedBackend.Chunk(new { content = "a" }, null), ScriptedBackend.Chunk(new { }, "stop"));
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(first + last[..20]);
            await context.Response.Body.FlushAsync();
            await finish.Task;
            await context.Response.WriteAsync(last[20..]);
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[4096];

        var read = await body.ReadAsync(buffer);
        Assert.Equal(first, Encoding.UTF8.GetString(buffer, 0, read));
        Assert.Equal(AuditEvent.ReleaseIntent, Assert.Single(_gateway.Audit.Committed).Event);
        finish.SetResult();

        Assert.Equal(last, await new StreamReader(body).ReadToEndAsync());
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("released", (long)(first.Length + last.Length)), (record.Outcome, record.ReleasedBytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_backend_says_counts_before_the_event_that_it_comes_with_leaves(bool inHead)
    {
        var (first, second) = (ScriptedBackend.Chunk(new { content = "first " }, null), ScriptedBackend.Chunk(new { content = "second " }, null));
        var noted = second.Replace("\"delta\"", "\"content_filter_results\":{\"jailbreak\":{\"detected\":true}},\"delta\"", StringComparison.Ordinal);
        _gateway.Backend.Answer = async context =>
        {
            if (inHead)
            {
                context.Response.Headers["x-expert-score"] = "0.9";
            }

            await ScriptedBackend.WriteStreamAsync(context, first);
            await Task.Delay(50);
            await context.Response.WriteAsync((inHead ? second : noted) + ScriptedBackend.Chunk(new { }, "stop") + "data: [DONE]\n\n");
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Equal(!inHead, answer.Text.Contains("first ", StringComparison.Ordinal));
        Assert.DoesNotContain("second ", answer.Text, StringComparison.Ordinal);
        Assert.Equal("refused", (await _gateway.Audit.LastAsync()).Outcome);
    }

    [Fact]
    public async Task A_verdict_outside_the_clearance_ends_it_at_an_events_border_with_the_block()
    {
        var (first, second) = (ScriptedBackend.Chunk(new { content = "fine " }, null), ScriptedBackend.Chunk(new { content = KeywordClassifier.Cyber + new string('x', 1000) }, null));
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(first + second);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.StartsWith(first, answer.Text, StringComparison.Ordinal);
        Assert.Contains("\n\ndata: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"content_filter\"", answer.Text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", answer.Text, StringComparison.Ordinal);
        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("refused", "verification_required", "cyber"), (record.Outcome, record.Reason, record.Category));
        Assert.Equal(first.Length + second.Length, record.ReleasedBytes);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/completions")]
    [InlineData("/v1/responses")]
    public async Task A_refusal_behind_the_streams_end_writes_no_second_end(string path)
    {
        var wire = Scenarios.Wire.Every.First(wire => wire.Path == path && wire.Speller is not null);
        var stream = wire.Answer("a", KeywordClassifier.Cyber);
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await _gateway.SendAsync(TheGateway.Json(wire.Body("hello")), null, request => request.RequestUri = new Uri(path, UriKind.Relative));

        Assert.Equal(stream, answer.Text);
        Assert.Equal("refused", (await _gateway.Audit.OfAsync(answer.Headers["x-request-id"])).Outcome);
    }

    [Fact]
    public async Task Nothing_passes_when_its_record_cannot_be_made()
    {
        _gateway.Audit.IsFull = true;
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = "a first word" }, null));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: true));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.DoesNotContain("a first word", answer.Everything, StringComparison.Ordinal);
        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_body_that_is_no_stream_is_held()
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Cyber));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_is_no_failure_of_the_backend_and_what_it_got_is_recorded()
    {
        var first = ScriptedBackend.Chunk(new { content = "a" }, null);
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(first);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var client = _gateway.ClientThatHangsUp();
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[first.Length]);

        response.Dispose();

        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("aborted", "client_closed_request", (long)first.Length), (record.Outcome, record.Reason, record.ReleasedBytes));
    }

    [Fact]
    public async Task A_judge_that_fails_ends_the_stream()
    {
        _gateway.Classifier.Fails = text => text.Contains("second", StringComparison.Ordinal);
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(ScriptedBackend.Chunk(new { content = "second" }, null));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var request = TheGateway.Request(TheGateway.Ask("hello", stream: true));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());

        await _gateway.Backend.Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("aborted", "internal_error"), (record.Outcome, record.Reason));
    }
}
