using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace PolicyGateway.Tests.Inference;

/// <summary>Ollama's protocol from end to end: lines of JSON, released, refused and blocked.</summary>
public sealed class OllamaTests(SlowGateway gateway) : IClassFixture<SlowGateway>
{
    private const string Lines = "application/x-ndjson";

    [Theory]
    [InlineData("/api/chat")]
    [InlineData("/api/generate")]
    public async Task A_stream_is_released_line_by_line_without_being_asked_for(string path)
    {
        gateway.Reset();
        var stream = Stream(path, "Hel", "lo.");
        gateway.Backend.Answer = context => WriteAsync(context, stream, Lines);

        var answer = await SendAsync(path, "hello");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.Equal(stream, answer.Text);
        Assert.StartsWith(Lines, answer.Headers["content-type"], StringComparison.Ordinal);
        Assert.Equal(path, Assert.Single(gateway.Backend.Received).Path);
    }

    [Theory]
    [InlineData("/api/chat", true)]
    [InlineData("/api/chat", false)]
    [InlineData("/api/generate", true)]
    [InlineData("/api/generate", false)]
    public async Task A_dual_use_answer_is_refused_in_ollamas_shape_and_released_to_a_cleared_caller(string path, bool streams)
    {
        gateway.Reset();
        var body = streams ? Stream(path, "marker-", "cyber") : Line(path, "marker-cyber", isDone: true);
        gateway.Backend.Answer = context => WriteAsync(context, body, streams ? Lines : "application/json");

        var refused = await SendAsync(path, "hello", gateway.Token("registered"), streams ? "" : ",\"stream\":false");
        var released = await SendAsync(path, "hello", gateway.Professional, streams ? "" : ",\"stream\":false");

        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.DoesNotContain("marker", refused.Everything, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, refused.Error.ValueKind);
        Assert.Equal("verification_required", JsonDocument.Parse(refused.Body).RootElement.GetProperty("code").GetString());
        Assert.Equal(body, released.Text);
    }

    [Theory]
    [InlineData("/api/chat")]
    [InlineData("/api/generate")]
    public async Task A_refusal_after_keep_alives_is_the_last_line(string path)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => WriteAsync(context, Stream(path, "marker-", "cyber"), Lines, pieces: 2);

        var answer = await SendAsync(path, "hello", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.StartsWith(Lines, answer.Headers["content-type"], StringComparison.Ordinal);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.StartsWith(" ", answer.Text, StringComparison.Ordinal);
        Assert.Equal("content_filter", JsonDocument.Parse(Assert.Single(answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement.GetProperty("done_reason").GetString());
    }

    [Fact]
    public async Task A_block_in_the_middle_of_a_stream_ends_it_as_ollama_does()
    {
        gateway.Reset();
        var stream = Stream("/api/chat", new string('a', 900), new string('b', 900), new string('c', 900), new string('d', 900), "marker-", "cyber");
        gateway.Backend.Answer = context => WriteAsync(context, stream, Lines, pieces: 12);

        var answer = await SendAsync("/api/chat", "hello", gateway.Token("registered"));

        var lines = answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.True(lines.Length > 1, answer.Text);
        Assert.DoesNotContain("marker", answer.Text, StringComparison.Ordinal);
        Assert.All(lines[..^1], static line => Assert.False(line.GetProperty("done").GetBoolean()));
        Assert.Equal("content_filter", lines[^1].GetProperty("done_reason").GetString());
    }

    [Theory]
    [InlineData("/api/chat")]
    [InlineData("/api/generate")]
    [InlineData("/api/embed")]
    [InlineData("/api/embeddings")]
    public async Task A_prompt_is_refused_before_the_backend_hears_of_it(string path)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "marker-cyber", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal(JsonValueKind.String, answer.Error.ValueKind);
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("/api/embed", """{"model":"m","embeddings":[[0.5,0.25],[-0.5,0.125]]}""")]
    [InlineData("/api/embeddings", """{"embedding":[0.5,0.25]}""")]
    public async Task Embeddings_are_released(string path, string body)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => WriteAsync(context, body, "application/json");

        var answer = await SendAsync(path, "hello");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.Equal(body, answer.Text);
    }

    [Theory]
    [InlineData("/api/pull")]
    [InlineData("/api/create")]
    [InlineData("/api/show")]
    [InlineData("/api/chat/x")]
    [InlineData("/api/blobs/sha256:1")]
    public async Task A_path_without_a_dialect_does_not_exist(string path)
    {
        gateway.Reset();

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(path, "hello")).Status);
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task The_models_are_listed_as_ollama_does()
    {
        using var list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/api/tags"));
        using var one = await gateway.Client.GetAsync("/api/tags/m");

        Assert.Equal("m", Assert.Single(list.RootElement.GetProperty("models").EnumerateArray()).GetProperty("model").GetString());
        Assert.Equal(HttpStatusCode.NotFound, one.StatusCode);
    }

    private static string Stream(string path, params string[] texts) =>
        string.Concat(texts.Select(text => Line(path, text, isDone: false) + "\n")) + Line(path, "", isDone: true) + "\n";

    private static string Line(string path, string text, bool isDone)
    {
        var member = path == "/api/chat" ? $$"""{"role":"assistant","content":"{{text}}"}""" : $"\"{text}\"";
        return $$"""{"model":"m","created_at":"2025-08-15T22:55:08.508208329Z","{{(path == "/api/chat" ? "message" : "response")}}":{{member}},"done":{{(isDone ? "true,\"done_reason\":\"stop\"" : "false")}}}""";
    }

    private static async Task WriteAsync(HttpContext context, string body, string mediaType, int pieces = 1)
    {
        context.Response.ContentType = mediaType;
        var bytes = Encoding.UTF8.GetBytes(body);
        foreach (var piece in bytes.Chunk((bytes.Length / pieces) + 1))
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
            await Task.Delay(pieces == 1 ? 0 : 600 / pieces);
        }
    }

    private Task<Answer> SendAsync(string path, string prompt, string? token = null, string member = "")
    {
        var text = path switch
        {
            "/api/chat" => $$""" "messages":[{"role":"user","content":"{{prompt}}"}] """,
            "/api/embed" => $$""" "input":"{{prompt}}" """,
            _ => $$""" "prompt":"{{prompt}}" """,
        };
        return gateway.SendAsync(TheGateway.Json($$"""{"model":"m",{{text}}{{member}}}"""), token, request => request.RequestUri = new Uri(path, UriKind.Relative));
    }
}
