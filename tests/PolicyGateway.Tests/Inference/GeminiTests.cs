using System.Net;
using System.Text;
using System.Text.Json;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Gemini's protocol from end to end: released, refused before the first byte and after it, and not there at all.</summary>
public sealed class GeminiTests(SlowGateway gateway) : IClassFixture<SlowGateway>
{
    private const string Generate = "/v1beta/models/m:generateContent";
    private const string Stream = "/v1beta/models/m:streamGenerateContent";

    [Theory]
    [InlineData(Generate)]
    [InlineData("/v1/models/m:generateContent")]
    public async Task An_answer_is_released_byte_by_byte_and_the_backend_sees_the_path_and_the_body(string path)
    {
        gateway.Reset();
        gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, Answer("Hello."));

        var answer = await SendAsync(path, "hello");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.Equal(Answer("Hello."), answer.Text);
        var received = Assert.Single(gateway.Backend.Received);
        Assert.Equal(path, received.Path);
        Assert.Equal(Ask("hello"), Encoding.UTF8.GetString(received.Body));
    }

    [Theory]
    [InlineData(Stream + "?alt=sse", "text/event-stream")]
    [InlineData(Stream, "application/json")]
    [InlineData("/v1/models/m:streamGenerateContent?alt=sse", "text/event-stream")]
    public async Task A_stream_is_released_byte_by_byte(string path, string mediaType)
    {
        gateway.Reset();
        var stream = StreamOf(path, "Hel", "lo.");
        gateway.Backend.Answer = context => WriteAsync(context, stream, mediaType);

        var answer = await SendAsync(path, "hello");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.Equal(stream, answer.Text);
        Assert.StartsWith(mediaType, answer.Headers["content-type"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Generate, "application/json")]
    [InlineData(Stream + "?alt=sse", "text/event-stream")]
    [InlineData(Stream, "application/json")]
    public async Task A_dual_use_answer_is_refused_in_googles_shape_and_released_to_a_cleared_caller(string path, string mediaType)
    {
        gateway.Reset();
        var body = path == Generate ? Answer("marker-cyber") : StreamOf(path, "marker-", "cyber");
        gateway.Backend.Answer = context => WriteAsync(context, body, mediaType);

        var refused = await SendAsync(path, "hello", gateway.Token("registered"));
        var released = await SendAsync(path, "hello", gateway.Professional);

        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.DoesNotContain("marker", refused.Everything, StringComparison.Ordinal);
        Assert.Equal(403, refused.Error.GetProperty("code").GetInt32());
        Assert.Equal("PERMISSION_DENIED", refused.Error.GetProperty("status").GetString());
        var detail = refused.Error.GetProperty("details")[0];
        Assert.Equal("verification_required", detail.GetProperty("reason").GetString());
        Assert.Equal("security-professional", detail.GetProperty("metadata").GetProperty("required_credentials").GetString());
        Assert.Equal(body, released.Text);
    }

    [Theory]
    [InlineData(Generate)]
    [InlineData(Stream)]
    [InlineData("/v1beta/models/m:countTokens")]
    public async Task A_prompt_is_refused_before_the_backend_hears_of_it(string path)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "marker-cyber", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        Assert.Equal("PERMISSION_DENIED", answer.Error.GetProperty("status").GetString());
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task A_refusal_after_keep_alives_is_an_event_with_the_reason()
    {
        gateway.Reset();
        gateway.Backend.Answer = static context => WriteSlowlyAsync(context, StreamOf("alt=sse", "marker-", "cyber"), "text/event-stream");

        var answer = await SendAsync(Stream + "?alt=sse", "hello", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.StartsWith("\n\n", answer.Text, StringComparison.Ordinal);
        Assert.StartsWith("data: ", answer.Text.TrimStart('\n'), StringComparison.Ordinal);
        Assert.Equal("SAFETY", Reason(JsonDocument.Parse(answer.Text.Trim()["data: ".Length..]).RootElement));
    }

    [Fact]
    public async Task A_refusal_after_keep_alives_is_an_array_with_the_reason()
    {
        gateway.Reset();
        gateway.Backend.Answer = static context => WriteSlowlyAsync(context, StreamOf("", "marker-", "cyber"), "application/json");

        var answer = await SendAsync(Stream, "hello", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
        Assert.StartsWith(" ", answer.Text, StringComparison.Ordinal);
        Assert.StartsWith("application/json", answer.Headers["content-type"], StringComparison.Ordinal);
        Assert.Equal("SAFETY", Reason(Assert.Single(JsonDocument.Parse(answer.Text).RootElement.EnumerateArray())));
    }

    [Theory]
    [InlineData(Stream + "?alt=sse", "text/event-stream")]
    [InlineData(Stream, "application/json")]
    public async Task A_block_in_the_middle_of_a_stream_ends_it_as_google_does(string path, string mediaType)
    {
        gateway.Reset();
        var stream = StreamOf(path, new string('a', 900), new string('b', 900), new string('c', 900), new string('d', 900), "marker-", "cyber");
        gateway.Backend.Answer = context => WriteSlowlyAsync(context, stream, mediaType, pieces: 12);

        var answer = await SendAsync(path, "hello", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain("marker", answer.Text, StringComparison.Ordinal);
        var elements = mediaType == "application/json"
            ? JsonDocument.Parse(answer.Text).RootElement.EnumerateArray().ToArray()
            : [.. answer.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(static one => JsonDocument.Parse(one["data: ".Length..]).RootElement)];
        Assert.True(elements.Length > 1, answer.Text);
        Assert.Equal("SAFETY", Reason(elements[^1]));
        Assert.All(elements, static element => Assert.Equal("r-1", element.GetProperty("responseId").GetString()));
    }

    [Fact]
    public async Task Tokens_are_counted()
    {
        gateway.Reset();
        gateway.Backend.Answer = static context => ScriptedBackend.WriteJsonAsync(context, """{"totalTokens":3,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3}]}""");

        var answer = await SendAsync("/v1beta/models/m:countTokens", "hello");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Everything);
        Assert.Equal("/v1beta/models/m:countTokens", Assert.Single(gateway.Backend.Received).Path);
    }

    [Theory]
    [InlineData("/v1beta/models/m-pro:generateContent")]
    [InlineData("/v1beta/models/other:generateContent")]
    [InlineData("/v1beta/models/m%2Fx:generateContent")]
    [InlineData("/v1beta/models/m:generateContent:generateContent")]
    [InlineData("/v1beta/models/%6D%3A:generateContent")]
    public async Task A_model_that_is_not_open_is_not_found(string path)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "hello", gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("NOT_FOUND", answer.Error.GetProperty("status").GetString());
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("/v1beta/models/m:embedContent")]
    [InlineData("/v1beta/models/m:batchEmbedContents")]
    [InlineData("/v1beta/models/m:predict")]
    [InlineData("/v1beta/models/m")]
    [InlineData("/v1beta/models/:generateContent")]
    [InlineData("/v1beta/models/m/x:generateContent")]
    [InlineData("/v1beta/tunedModels/m:generateContent")]
    [InlineData("/v1alpha/models/m:generateContent")]
    [InlineData("/v1beta/cachedContents")]
    [InlineData("/v1beta/models/m:generateContent/x")]
    public async Task A_path_without_a_dialect_does_not_exist(string path)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "hello");

        Assert.True(answer.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed, answer.Everything);
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData(Generate + "?alt=sse")]
    [InlineData(Stream + "?alt=proto")]
    [InlineData(Stream + "?alt=sse&alt=json")]
    public async Task Another_way_to_cut_the_answer_is_refused(string path)
    {
        gateway.Reset();

        var answer = await SendAsync(path, "hello");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("INVALID_ARGUMENT", answer.Error.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_models_are_listed_as_google_does()
    {
        using var list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1beta/models"));
        using var one = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1beta/models/m"));
        using var hidden = await gateway.Client.GetAsync("/v1beta/models/m-pro");

        Assert.Equal("models/m", Assert.Single(list.RootElement.GetProperty("models").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal("models/m", one.RootElement.GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        Assert.Contains("NOT_FOUND", await hidden.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Reason(JsonElement element) => element.GetProperty("candidates")[0].GetProperty("finishReason").GetString()!;

    private static string Ask(string prompt) => $$"""{"contents":[{"role":"user","parts":[{"text":"{{prompt}}"}]}]}""";

    private static string Answer(string text, string end = ",\"finishReason\":\"STOP\"") =>
        $$"""{"candidates":[{"content":{"parts":[{"text":"{{text}}"}],"role":"model"}{{end}},"index":0}],"responseId":"r-1"}""";

    private static string StreamOf(string path, params string[] texts)
    {
        var frames = texts.Select((text, position) => Answer(text, position == texts.Length - 1 ? ",\"finishReason\":\"STOP\"" : ""));
        return path.EndsWith("alt=sse", StringComparison.Ordinal)
            ? string.Concat(frames.Select(static frame => $"data: {frame}\r\n\r\n"))
            : $"[{string.Join("\n,\r\n", frames)}\n]\n";
    }

    private static async Task WriteAsync(Microsoft.AspNetCore.Http.HttpContext context, string body, string mediaType)
    {
        context.Response.ContentType = mediaType;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    }

    private static async Task WriteSlowlyAsync(Microsoft.AspNetCore.Http.HttpContext context, string body, string mediaType, int pieces = 2)
    {
        context.Response.ContentType = mediaType;
        var bytes = Encoding.UTF8.GetBytes(body);
        foreach (var piece in bytes.Chunk((bytes.Length / pieces) + 1))
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
            await Task.Delay(600 / pieces);
        }
    }

    private Task<Answer> SendAsync(string path, string prompt, string? token = null) =>
        gateway.SendAsync(TheGateway.Json(Ask(prompt)), token, request => request.RequestUri = new Uri(path, UriKind.Relative));
}
