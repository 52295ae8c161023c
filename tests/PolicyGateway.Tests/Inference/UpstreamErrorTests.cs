using System.Net;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>A backend's own error is judged like a completion.</summary>
public sealed class UpstreamErrorTests : IAsyncLifetime
{
    // One for each test: a backend that says when to come back is left alone until then.
    private readonly TheGateway _gateway = new();

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_clear_error_passes_with_its_status(int status)
    {
        _gateway.Backend.Answer = context =>
        {
            context.Response.Headers.RetryAfter = "7";
            return ScriptedBackend.WriteJsonAsync(context, """{"error":{"message":"context length exceeded","code":"x"}}""", status);
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains("context length exceeded", answer.Text, StringComparison.Ordinal);
        Assert.Equal("7", answer.Headers["retry-after"]);
    }

    [Theory]
    [InlineData(205, false)]
    [InlineData(205, true)]
    [InlineData(600, false)]
    [InlineData(999, true)]
    public async Task A_status_that_is_no_answer_and_no_error_is_a_failure_of_the_backend(int status, bool isStream)
    {
        const string Body = """{"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}""";
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, status == 205 ? "" : Body, status);

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello", stream: isStream));

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        var record = await _gateway.Audit.LastAsync();
        Assert.Equal(("upstream_failed", 502, 0), (record.Outcome, record.Status, record.ReleasedBytes));
    }

    [Theory]
    [InlineData(400, "upstream_rejected")]
    [InlineData(429, "upstream_rate_limited")]
    public async Task An_error_that_holds_gated_text_is_replaced_by_ours_with_its_status(int status, string code)
    {
        _gateway.Backend.Answer = context =>
        {
            context.Response.Headers.RetryAfter = "7";
            return ScriptedBackend.WriteJsonAsync(context, "{\"error\":{\"message\":\"" + KeywordClassifier.Cyber + "\"}}", status);
        };

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal((status, code, "7"), ((int)answer.Status, answer.Code, answer.Headers["retry-after"]));
        Assert.DoesNotContain(KeywordClassifier.Cyber, answer.Everything, StringComparison.Ordinal);
        Assert.Equal(("upstream_failed", code), ((await _gateway.Audit.LastAsync()).Outcome, (await _gateway.Audit.LastAsync()).Reason));
    }
}
