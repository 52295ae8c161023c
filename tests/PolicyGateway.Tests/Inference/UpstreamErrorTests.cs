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

    [Fact]
    public async Task An_error_that_holds_gated_text_is_refused()
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, "{\"error\":{\"message\":\"" + KeywordClassifier.Cyber + "\"}}", 400);

        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.DoesNotContain(KeywordClassifier.Cyber, answer.Everything, StringComparison.Ordinal);
    }
}
