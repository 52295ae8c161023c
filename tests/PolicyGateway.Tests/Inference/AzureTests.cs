using System.Net;
using System.Text.Json;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Azure's paths from end to end.</summary>
public sealed class AzureTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    private const string Deployment = "/openai/deployments/m/chat/completions?api-version=2024-10-21";

    [Theory]
    [InlineData(Deployment, "")]
    [InlineData(Deployment, "\"model\":\"m\",")]
    [InlineData("/openai/v1/chat/completions", "\"model\":\"m\",")]
    [InlineData("/openai/v1/chat/completions?api-version=preview", "\"model\":\"m\",")]
    public async Task An_answer_is_released_and_the_backend_sees_the_path_and_the_body(string path, string member)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "hello", member);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.Equal(ScriptedBackend.Completion("Hello."), answer.Text);
        Assert.Equal(path.Split('?')[0], Assert.Single(gateway.Backend.Received).Path);
    }

    [Fact]
    public async Task A_dual_use_answer_is_refused_as_openai_does()
    {
        gateway.Reset();
        gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, ScriptedBackend.Completion("marker-cyber"));

        var answer = await SendAsync(Deployment, "hello", "");

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("verification_required", answer.Code);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_a_deployment_is_released()
    {
        gateway.Reset();
        gateway.Backend.Answer = static context => ScriptedBackend.WriteStreamAsync(context, ScriptedBackend.Stream("Hello, this is a stream."));

        var answer = await SendAsync(Deployment, "hello", "\"stream\":true,");

        Assert.Equal(ScriptedBackend.Stream("Hello, this is a stream."), answer.Text);
    }

    [Theory]
    [InlineData("/openai/deployments/m-pro/chat/completions", "", HttpStatusCode.NotFound)]
    [InlineData("/openai/deployments/other/chat/completions", "", HttpStatusCode.NotFound)]
    [InlineData(Deployment, "\"model\":\"m-pro\",", HttpStatusCode.BadRequest)]
    [InlineData("/openai/v1/chat/completions", "", HttpStatusCode.BadRequest)]
    [InlineData("/openai/deployments/m/x/chat/completions", "", HttpStatusCode.NotFound)]
    [InlineData("/openai/deployments/m/extensions/chat/completions", "", HttpStatusCode.NotFound)]
    [InlineData("/openai/deployments/m/images/generations", "", HttpStatusCode.NotFound)]
    [InlineData("/openai/chat/completions", "", HttpStatusCode.NotFound)]
    public async Task A_model_or_a_path_that_is_not_open_is_refused(string path, string member, HttpStatusCode status)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "hello", member, gateway.Token("registered"));

        Assert.Equal(status, answer.Status);
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task The_models_are_listed()
    {
        using var list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/openai/v1/models"));

        Assert.Equal("m", Assert.Single(list.RootElement.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
    }

    private Task<Answer> SendAsync(string path, string prompt, string member, string? token = null) => gateway.SendAsync(
        TheGateway.Json($$"""{ {{member}} "messages":[{"role":"user","content":"{{prompt}}"}]}"""), token, request => request.RequestUri = new Uri(path, UriKind.Relative));
}
