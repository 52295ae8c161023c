using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Dialects.Anthropic;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Clients;

/// <summary>Anthropic's Node SDK, unmodified but for the base URL, run by <c>tests/clients/node/messages.mjs</c>.</summary>
public sealed class AnthropicSdkTests : IAsyncLifetime
{
    private readonly TheGateway _gateway = new();

    public async Task InitializeAsync()
    {
        _gateway.Settings["Gateway:SilentHold"] = "00:00:00.100";
        _gateway.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData("create")]
    [InlineData("stream")]
    public async Task A_message_arrives_whole_after_keep_alives_too(string mode)
    {
        Answer("Hello there.");

        var seen = await AskAsync(mode, _gateway.Token("registered"));

        Assert.Equal(("Hello there.", "end_turn", 5), (Text(seen, "text"), Text(seen, "finish"), seen.GetProperty("tokens").GetInt32()));
        Assert.Matches(@"^\d{4}-\d\d-\d\d$", _gateway.Backend.Received.Last().Headers["anthropic-version"]);
    }

    [Fact]
    public async Task A_block_after_keep_alives_is_a_refusal_and_no_error()
    {
        Answer(KeywordClassifier.Cyber);

        var seen = await AskAsync("stream", _gateway.Token("registered"));
        var raw = await AskAsync("raw", _gateway.Token("registered"));

        Assert.Equal(("", "refusal"), (Text(seen, "text"), Text(seen, "finish")));
        var details = seen.GetProperty("details");
        Assert.Equal(("refusal", "cyber"), (Text(details, "type"), Text(details, "category")));
        Assert.Contains("verified professionals", Text(details, "explanation"), StringComparison.Ordinal);
        Assert.Equal(["message_start", "message_delta", "message_stop"], raw.GetProperty("events").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(1, seen.GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task A_cleared_caller_is_released_what_was_held()
    {
        Answer(KeywordClassifier.Cyber);

        Assert.Equal(KeywordClassifier.Cyber, Text(await AskAsync("stream", _gateway.Professional), "text"));
    }

    [Fact]
    public async Task A_refusal_before_the_first_byte_is_a_permission_error_that_is_not_retried()
    {
        var seen = await AskAsync("create", _gateway.Token("registered"), KeywordClassifier.Cyber);

        Assert.Equal(("PermissionDeniedError", 403, "permission_error"), (Text(seen, "thrown"), seen.GetProperty("status").GetInt32(), Text(seen, "type")));
        Assert.Equal("security-professional", seen.GetProperty("body").GetProperty("error").GetProperty("required_credentials")[0].GetString());
        Assert.Equal(1, seen.GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task A_key_that_is_no_token_is_an_authentication_error() =>
        Assert.Equal("AuthenticationError", Text(await AskAsync("create", "sk-not-a-token"), "thrown"));

    [Fact]
    public async Task A_backend_that_dies_is_an_error_and_never_a_message()
    {
        _gateway.Backend.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(MessagesStream.Of(MessagesStream.Start, MessagesStream.Open(0), MessagesStream.Text(0, "Hel")));
            await context.Response.Body.FlushAsync();
            await Task.Delay(400);
            context.Abort();
        };

        var seen = await AskAsync("stream", _gateway.Token("registered"));

        Assert.Equal("APIError", Text(seen, "thrown"));
        Assert.Equal("api_error", Text(seen, "type"));
    }

    [Fact]
    public async Task Tokens_are_counted_and_models_are_listed()
    {
        _gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, """{"input_tokens":7}""");

        var counted = await AskAsync("count", _gateway.Token("registered"));
        var listed = await AskAsync("models", _gateway.Professional);

        Assert.Equal(7, counted.GetProperty("tokens").GetInt32());
        Assert.Equal(["m", "m-pro"], listed.GetProperty("models").EnumerateArray().Select(name => name.GetString()));
    }

    private static string? Text(JsonElement holder, string name) => holder.GetProperty(name).GetString();

    /// <summary>Answers as it is asked, a stream slowly enough that keep-alives come first.</summary>
    private void Answer(string text) => _gateway.Backend.Answer = async context =>
    {
        if (!System.Text.Encoding.UTF8.GetString(_gateway.Backend.Received.Last().Body).Contains("\"stream\":true", StringComparison.Ordinal))
        {
            await ScriptedBackend.WriteJsonAsync(context, $$$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"{{{text}}}"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":5}}""");
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        await Task.Delay(400);
        await context.Response.WriteAsync(MessagesStream.Message(text[..3], text[3..]));
    };

    private Task<JsonElement> AskAsync(string mode, string token, string prompt = "hello") =>
        NodeClient.RunScriptAsync("messages.mjs", "@anthropic-ai/sdk", mode, _gateway.Url.ToString(), token, "m", prompt);
}
