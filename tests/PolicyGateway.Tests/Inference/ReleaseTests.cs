using System.Net;
using System.Text;
using System.Text.Json;
using PolicyGateway.Audit;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>No gated byte reaches a caller who is not cleared, and a cleared one gets the backend's very bytes.</summary>
public sealed class ReleaseTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    private const string Dirty = "first " + KeywordClassifier.Cyber + " second";

    public static TheoryData<string, string> JsonChannels => new()
    {
        { "content", Message(new { role = "assistant", content = Dirty }) },
        { "refusal", Message(new { role = "assistant", refusal = Dirty }) },
        { "reasoning_content", Message(new { role = "assistant", content = "a", reasoning_content = Dirty }) },
        { "tool arguments", Message(new { role = "assistant", tool_calls = new[] { new { id = "1", type = "function", function = new { name = "f", arguments = Dirty } } } }) },
        { "annotations", Message(new { role = "assistant", content = "a", annotations = new[] { new { title = Dirty } } }) },
        { "an unknown field", Message(new { role = "assistant", content = "a", future = new { text = Dirty } }) },
        { "the second choice", ScriptedBackend.Completion("Hello.", Dirty) },
        { "logprobs", """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"logprobs":{"content":[{"token":"marker"},{"token":"-cyber"}]}}]}""" },
        { "split over two choices", ScriptedBackend.Completion("x marker-", "cyber y") },
    };

    public static TheoryData<string, string> StreamChannels => new()
    {
        { "content", ScriptedBackend.Stream(Dirty, 3) },
        { "reasoning", ScriptedBackend.Chunk(new { reasoning_content = "marker-" }, null) + ScriptedBackend.Chunk(new { reasoning_content = "cyber" }, "stop") + "data: [DONE]\n\n" },
        { "split over reasoning and content", ScriptedBackend.Chunk(new { reasoning_content = "marker-" }, null) + ScriptedBackend.Chunk(new { content = "cyber" }, "stop") + "data: [DONE]\n\n" },
        { "tool arguments", ScriptedBackend.Chunk(new { tool_calls = new[] { new { index = 0, function = new { arguments = "marker-" } } } }, null) + ScriptedBackend.Chunk(new { tool_calls = new[] { new { index = 0, function = new { arguments = "cyber" } } } }, "tool_calls") },
        { "the second choice", ScriptedBackend.Chunk(new { content = "a" }, "stop") + ScriptedBackend.Chunk(new { content = Dirty }, "stop", 1) + "data: [DONE]\n\n" },
        { "a comment", ": " + Dirty + "\n\n" + ScriptedBackend.Stream("a") },
        { "a finish reason", ScriptedBackend.Chunk(new { content = "a" }, KeywordClassifier.Cyber) },
        { "behind the end", ScriptedBackend.Stream("a") + ScriptedBackend.Chunk(new { content = Dirty }, null) },
    };

    [Theory]
    [MemberData(nameof(JsonChannels))]
    public async Task A_dual_use_body_is_held_from_an_unverified_caller(string channel, string body)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, body);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Token("registered"));

        Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{channel}: {answer.Text}");
        AssertRefused(answer);
    }

    [Theory]
    [MemberData(nameof(JsonChannels))]
    public async Task A_dual_use_body_reaches_a_cleared_caller_byte_by_byte(string channel, string body)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, body);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Professional);

        Assert.True(answer.Status == HttpStatusCode.OK, $"{channel}: {answer.Text}");
        Assert.Equal(body, answer.Text);
        Assert.Single(gateway.Audit.Committed);
    }

    [Theory]
    [MemberData(nameof(StreamChannels))]
    public async Task A_dual_use_stream_is_held_from_an_unverified_caller(string channel, string stream)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Token("registered"));

        Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{channel}: {answer.Text}");
        AssertRefused(answer);
    }

    [Theory]
    [MemberData(nameof(StreamChannels))]
    public async Task A_dual_use_stream_reaches_a_cleared_caller_byte_by_byte(string channel, string stream)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Professional);

        Assert.True(answer.Status == HttpStatusCode.OK, $"{channel}: {answer.Text}");
        Assert.Equal(stream, answer.Text);
        Assert.StartsWith("text/event-stream", answer.Headers["content-type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dual_use_release_waits_for_its_record()
    {
        gateway.Reset();
        var committing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Audit.BeforeCommit = () =>
        {
            committing.SetResult();
            return release.Task;
        };
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(Dirty));

        using var request = TheGateway.Request(TheGateway.Ask("hello"), gateway.Professional);
        var sending = gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await committing.Task;
        await Task.WhenAny(sending, Task.Delay(200));
        Assert.False(sending.IsCompleted, "Something left before the record was durable.");
        release.SetResult();
        using var response = await sending;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var intent = Assert.Single(gateway.Audit.Committed);
        Assert.Equal(AuditEvent.ReleaseIntent, intent.Event);
        Assert.Contains("cyber", intent.Clearance);
        Assert.Equal("dual-use", intent.Completion!.Severity);
    }

    [Fact]
    public async Task Nothing_dual_use_is_released_when_the_record_cannot_be_made()
    {
        gateway.Reset();
        gateway.Audit.IsFull = true;
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(Dirty));

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Professional);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("audit_unavailable", answer.Code);
        Assert.Equal("false", answer.Headers["x-should-retry"]);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prohibited_completion_is_released_to_nobody()
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion(KeywordClassifier.Prohibited));

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Professional);

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("prohibited_content", answer.Code);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_outcome_says_what_left()
    {
        gateway.Reset();
        var body = ScriptedBackend.Completion("Hello.");
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, body);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello"), gateway.Token("registered"));

        var record = await gateway.Audit.LastAsync();
        Assert.Equal("released", record.Outcome);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), record.ReleasedBytes);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("key"u8, answer.Body)), record.ReleasedHash);
        Assert.Equal(answer.Headers["x-request-id"], record.DecisionId);
        Assert.Equal("no-store", answer.Headers["cache-control"]);
        Assert.Empty(gateway.Audit.Committed);
    }

    private void AssertRefused(Answer answer)
    {
        Assert.Equal("verification_required", answer.Code);
        Assert.Equal("cyber", answer.Error.GetProperty("category").GetString());
        Assert.Equal("verified", answer.Error.GetProperty("required_tier").GetString());
        Assert.Equal("security-professional", answer.Error.GetProperty("required_credentials")[0].GetString());
        Assert.Equal("https://gateway.example/verify", answer.Error.GetProperty("verification_uri").GetString());
        Assert.Equal(answer.Headers["x-request-id"], answer.Error.GetProperty("decision_id").GetString());
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain("0.97", answer.Everything, StringComparison.Ordinal);
        Assert.Empty(gateway.Audit.Committed);
    }

    private static string Message(object message) =>
        JsonSerializer.Serialize(new { id = "chatcmpl-1", choices = new[] { new { index = 0, message, finish_reason = "stop" } } });
}
