using System.Net;
using System.Text;
using System.Text.Json;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Privacy;

/// <summary>What a backend is told of who asks: a name that is his there only, and nothing that the client says.</summary>
public sealed class EndUserTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public async Task InitializeAsync()
    {
        _gateway.Settings["Backends:Clusters:c:SafetyIdentifier"] = "pseudonym";
        _gateway.Settings["Backends:Models:gpt-5-mini:Cluster"] = "c";
        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("/v1/chat/completions", "openai.chat", "safety_identifier")]
    [InlineData("/v1/responses", "openai.responses", "safety_identifier")]
    [InlineData("/openai/deployments/m/chat/completions", "azure.chat", "safety_identifier")]
    [InlineData("/v1/messages", "anthropic.messages", "metadata.user_id")]
    public async Task A_backend_gets_the_callers_pseudonym_where_its_protocol_has_a_place_for_it(string path, string dialect, string field)
    {
        var sent = (await ReceivedAsync(path, Request(dialect), _gateway.TokenOfSubject("alice@example.org")))!;

        var name = NameIn(sent, field)!;
        Assert.Matches("^[0-9a-f]{48}$", name);
        Assert.DoesNotContain("alice", sent, StringComparison.Ordinal);
        Assert.Equal(name, NameIn((await ReceivedAsync(path, Request(dialect), _gateway.TokenOfSubject("alice@example.org")))!, field));
        Assert.NotEqual(name, NameIn((await ReceivedAsync(path, Request(dialect), _gateway.TokenOfSubject("bob@example.org")))!, field));
    }

    [Theory]
    [InlineData("/v1/completions", "openai.completions")]
    [InlineData("/v1/embeddings", "openai.embeddings")]
    [InlineData("/v1/rerank", "openai.rerank")]
    [InlineData("/openai/deployments/m/completions", "azure.completions")]
    [InlineData("/openai/deployments/m/embeddings", "azure.embeddings")]
    [InlineData("/v1/messages/count_tokens", "anthropic.count_tokens")]
    [InlineData("/v1beta/models/m:generateContent", "gemini.generate_content")]
    [InlineData("/v1beta/models/m:countTokens", "gemini.count_tokens")]
    [InlineData("/api/chat", "ollama.chat")]
    [InlineData("/api/generate", "ollama.generate")]
    [InlineData("/api/embed", "ollama.embed")]
    public async Task Elsewhere_a_backend_is_told_nothing(string path, string dialect)
    {
        var request = Request(dialect);

        Assert.Equal(WithoutUsage(request), WithoutUsage((await ReceivedAsync(path, request, _gateway.TokenOfSubject("alice@example.org")))!));
    }

    [Fact]
    public async Task What_a_client_says_of_itself_does_not_arrive()
    {
        const string Body = """{"model":"m","safety_identifier":"somebody-else","messages":[{"role":"user","content":"hi"}]}""";
        const string Message = """{"model":"m","max_tokens":5,"metadata":{"user_id":"somebody-else"},"messages":[{"role":"user","content":"hi"}]}""";

        foreach (var token in new[] { _gateway.TokenOfSubject("alice"), null })
        {
            foreach (var (path, body) in new[] { ("/v1/chat/completions", Body), ("/v1/messages", Message) })
            {
                var sent = await ReceivedAsync(path, body, token);

                Assert.DoesNotContain("somebody-else", sent, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Callers_without_a_token_are_one_whom_no_client_can_choose_to_be()
    {
        var (first, second) = (await ReceivedAsync("/v1/chat/completions", Chat()), await ReceivedAsync("/v1/chat/completions", Chat(",\"safety_identifier\":\"x\"")));

        var name = NameIn(first!, "safety_identifier");
        Assert.Matches("^[0-9a-f]{48}$", name);
        Assert.Equal(name, NameIn(second!, "safety_identifier"));
    }

    [Theory]
    [InlineData("\"all of us\"")]
    [InlineData("[]")]
    [InlineData("7")]
    public async Task Metadata_of_another_shape_is_a_400(string metadata)
    {
        var answer = await SendAsync("/v1/messages", $$"""{"model":"m","max_tokens":5,"metadata":{{metadata}},"messages":[{"role":"user","content":"hi"}]}""", null);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Theory]
    [InlineData("""{"model":"m","safety_identifier":"a","safety_identifier":"b","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"model":"m","safety_identifier":"a","safety\u005fidentifier":"b","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"model":"m","Safety_Identifier":"a","messages":[{"role":"user","content":"hi"}]}""")]
    public async Task A_name_that_could_be_read_in_two_ways_is_a_400(string body)
    {
        var answer = await SendAsync("/v1/chat/completions", body, null);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Fact]
    public async Task It_is_sent_where_the_policy_only_looks_on_too()
    {
        var sent = await ReceivedAsync("/v1/chat/completions", Chat(), _gateway.TokenOf("pilot"));

        Assert.Matches("^[0-9a-f]{48}$", NameIn(sent!, "safety_identifier"));
    }

    [Fact]
    public async Task The_key_is_made_once_and_only_its_owner_may_read_it()
    {
        var file = Path.Combine(_gateway.Folder, "keys", "privacy.key");

        Assert.Equal(32, Convert.FromBase64String((await File.ReadAllTextAsync(file)).Trim()).Length);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    private async Task<string?> ReceivedAsync(string path, string body, string? token = null)
    {
        _gateway.Backend.Received.Clear();
        await SendAsync(path, body, token);
        return Encoding.UTF8.GetString(Assert.Single(_gateway.Backend.Received).Body);
    }

    private Task<Answer> SendAsync(string path, string body, string? token) =>
        _gateway.SendAsync(TheGateway.Json(body), token, request => request.RequestUri = new Uri(path, UriKind.Relative));

    private static string Chat(string extra = "") => $$"""{"model":"m","messages":[{"role":"user","content":"hi"}]{{extra}}}""";

    /// <summary>The dialect's example, with a model that is served.</summary>
    private static string Request(string dialect)
    {
        var request = ConventionTests.ReadDocument($"tests/Fixtures/{dialect}/request.json");
        using var document = JsonDocument.Parse(request);
        return document.RootElement.TryGetProperty("model", out var model) ? request.Replace($"\"{model.GetString()}\"", "\"m\"", StringComparison.Ordinal) : request;
    }

    /// <summary>Streams are asked for their usage, which is another edit.</summary>
    private static string WithoutUsage(string body) => body.Replace("\"stream_options\":{\"include_usage\":true},", "", StringComparison.Ordinal);

    private static string? NameIn(string body, string field)
    {
        using var document = JsonDocument.Parse(body);
        var value = document.RootElement;
        foreach (var name in field.Split('.'))
        {
            value = value.GetProperty(name);
        }

        return value.GetString();
    }
}
