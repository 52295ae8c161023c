using System.Net;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A refusal after a keep-alive, as each of OpenAI's streams has it.</summary>
public sealed class OpenAIHoldTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public async Task InitializeAsync()
    {
        _gateway.Settings["Gateway:SilentHold"] = "00:00:00.100";
        _gateway.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_response_is_blocked_after_a_keep_alive()
    {
        var answer = await AskAsync("/v1/responses", "input", Fixture("openai.responses").Replace("be sunny ", KeywordClassifier.Cyber, StringComparison.Ordinal));

        Assert.StartsWith(": keep-alive\n\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(1, answer.Text.Split("event: response.created\n").Length - 1);
        Assert.Equal(1, answer.Text.Split("event: response.incomplete\n").Length - 1);
        Assert.Contains("\"incomplete_details\":{\"reason\":\"content_filter\"}", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_completion_is_blocked_after_a_keep_alive()
    {
        var answer = await AskAsync("/v1/completions", "prompt", Fixture("openai.completions").Replace(" house", KeywordClassifier.Cyber, StringComparison.Ordinal));

        Assert.StartsWith(": keep-alive\n\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal(1, answer.Text.Split("\"finish_reason\":\"content_filter\"").Length - 1);
        Assert.EndsWith("data: [DONE]\n\n", answer.Text, StringComparison.Ordinal);
    }

    private async Task<Answer> AskAsync(string path, string field, string stream)
    {
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            await Task.Delay(400);
            await context.Response.WriteAsync(stream);
        };

        var answer = await _gateway.SendAsync(
            TheGateway.Json($$"""{"model":"m","{{field}}":"hello","stream":true}"""), null, request => request.RequestUri = new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.Equal("refused", (await _gateway.Audit.LastAsync()).Outcome);
        return answer;
    }

    private static string Fixture(string dialect) => ConventionTests.ReadDocument($"tests/Fixtures/{dialect}/stream.txt");
}
