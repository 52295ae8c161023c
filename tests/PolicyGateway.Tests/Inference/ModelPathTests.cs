using System.Net;
using System.Text;

namespace PolicyGateway.Tests.Inference;

/// <summary>A model that is named in the path, and has another name at its backend.</summary>
public sealed class ModelPathTests : IAsyncLifetime
{
    private const string Contents = """
        "contents":[{"parts":[{"text":"hello"}]}]
        """;
    private const string Messages = """
        "messages":[{"role":"user","content":"hello"}]
        """;

    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Backends:Models:m:Upstream"] = "the-other/name";
        _gateway.Settings["Backends:Models:m:Aliases:0"] = "alias";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("/v1beta/models/alias:generateContent", "{C}", "/v1beta/models/the-other%2Fname:generateContent", "{C}")]
    [InlineData("/v1beta/models/m:generateContent", "{C}", "/v1beta/models/the-other%2Fname:generateContent", "{C}")]
    [InlineData("/v1beta/MODELS/%6D:GenerateContent", "{C}", "/v1beta/models/the-other%2Fname:generateContent", "{C}")]
    [InlineData("/openai/deployments/alias/chat/completions", "{M}", "/openai/deployments/the-other%2Fname/chat/completions", "{M}")]
    [InlineData("/openai/deployments/m/chat/completions", "{\"model\":\"m\",M}", "/openai/deployments/the-other%2Fname/chat/completions", "{\"model\":\"the-other/name\",M}")]
    [InlineData("/openai/v1/chat/completions", "{\"model\":\"alias\",M}", "/openai/v1/chat/completions", "{\"model\":\"the-other/name\",M}")]
    public async Task The_backend_gets_its_own_name_for_the_model(string path, string body, string expectedPath, string expectedBody)
    {
        var answer = await _gateway.SendAsync(TheGateway.Json(Fill(body)), null, request => request.RequestUri = new Uri(path, UriKind.Relative));

        var received = Assert.Single(_gateway.Backend.Received);
        Assert.Equal(expectedPath, received.Path);
        Assert.Equal(Fill(expectedBody), Encoding.UTF8.GetString(received.Body));
        Assert.NotEqual(HttpStatusCode.InternalServerError, answer.Status);
    }

    private static string Fill(string body) => body.Replace("C}", Contents + "}", StringComparison.Ordinal).Replace("M}", Messages + "}", StringComparison.Ordinal);
}
