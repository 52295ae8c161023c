using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PolicyGateway.Tests.Dialects.Anthropic;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>Anthropic's protocol through the whole gateway.</summary>
public sealed class MessagesTests(TheGateway gateway) : IClassFixture<TheGateway>
{
    private const string Clean = """{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""";

    private static readonly string Dirty = Clean.Replace("Hello.", KeywordClassifier.Cyber, StringComparison.Ordinal);

    [Fact]
    public async Task A_message_reaches_the_caller_byte_by_byte_and_the_backend_hears_the_callers_words()
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Clean);
        using var content = Ask("hello");
        var asked = await content.ReadAsStringAsync();

        var answer = await SendAsync(content, query: "?beta=true&workspace=secret");

        Assert.Equal((HttpStatusCode.OK, Clean), (answer.Status, answer.Text));
        var received = Assert.Single(gateway.Backend.Received);
        Assert.Equal(("/v1/messages", "?beta=true"), (received.Path, received.Query));
        Assert.Equal(asked, System.Text.Encoding.UTF8.GetString(received.Body));
        Assert.Equal(("2023-06-01", "tools-1,context-2"), (received.Headers["anthropic-version"], received.Headers["anthropic-beta"]));
        Assert.DoesNotContain("x-api-key", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("authorization", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.Equal("anthropic.messages", (await gateway.Audit.LastAsync()).Dialect);
    }

    [Theory]
    [InlineData("?beta=a%20sentence")]
    [InlineData("?beta=")]
    [InlineData("?beta=1&beta=2")]
    [InlineData("?api-version=1")]
    public async Task A_query_that_the_protocol_does_not_have_is_dropped(string query)
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Clean);

        var answer = await SendAsync(Ask("hello"), query: query);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("", Assert.Single(gateway.Backend.Received).Query);
    }

    [Fact]
    public async Task A_refusal_before_the_first_byte_has_the_protocols_shape()
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Dirty);

        var answer = await SendAsync(Ask("hello"), gateway.Token("registered"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
        var body = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(("error", answer.Headers["x-request-id"]), (body.GetProperty("type").GetString(), body.GetProperty("request_id").GetString()));
        Assert.Equal(("permission_error", "verification_required", "cyber", "verified"),
            (Member(answer, "type"), Member(answer, "code"), Member(answer, "category"), Member(answer, "required_tier")));
        Assert.Equal("https://gateway.example/verify", Member(answer, "verification_uri"));
        Assert.DoesNotContain("marker", answer.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cleared_caller_gets_the_backends_very_bytes_under_the_protocols_key_header()
    {
        gateway.Reset();
        var stream = MessagesStream.Message("marker-", "cyber");
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var refused = await SendAsync(Ask("hello", stream: true), gateway.Token("registered"));
        var released = await SendAsync(Ask("hello", stream: true), gateway.Professional);

        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
        Assert.DoesNotContain("marker", refused.Everything, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, stream), (released.Status, released.Text));
    }

    [Fact]
    public async Task A_flagged_prompt_is_refused_for_its_count_too()
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, """{"input_tokens":5}""");

        var counted = await SendAsync(Ask("hello"), path: "/v1/messages/count_tokens");
        var refused = await SendAsync(Ask(KeywordClassifier.Cyber), path: "/v1/messages/count_tokens");

        Assert.Equal("""{"input_tokens":5}""", counted.Text);
        Assert.Equal("/v1/messages/count_tokens", Assert.Single(gateway.Backend.Received).Path);
        Assert.Equal((HttpStatusCode.Forbidden, "permission_error"), (refused.Status, Member(refused, "type")));
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"a"}],"mcp_servers":[{"type":"url","url":"https://example.com","name":"s"}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"unknown","messages":[{"role":"user","content":"a"}]}""", 404, "not_found_error")]
    public async Task What_is_not_served_is_refused_before_the_backend_hears_of_it(string body, int status, string type)
    {
        gateway.Reset();

        var answer = await SendAsync(TheGateway.Json(body), gateway.Token("registered"));

        Assert.Equal((status, type), ((int)answer.Status, Member(answer, "type")));
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("POST", "/v1/messages/batches")]
    [InlineData("GET", "/v1/messages/batches/1/results")]
    [InlineData("GET", "/v1/messages")]
    [InlineData("POST", "/v1/messages/count_tokens/more")]
    [InlineData("POST", "/v1/files")]
    [InlineData("POST", "/messages")]
    public async Task A_path_that_is_not_served_says_so_in_the_protocols_shape(string method, string path)
    {
        gateway.Reset();

        var answer = await SendAsync(Ask("hello"), path: path, change: request => request.Method = new HttpMethod(method));

        Assert.Equal((HttpStatusCode.NotFound, "not_found_error", "unsupported_endpoint"), (answer.Status, Member(answer, "type"), Member(answer, "code")));
        Assert.Contains("/v1/messages", answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(gateway.Backend.Received);
    }

    [Theory]
    [InlineData("api-key")]
    [InlineData("x-goog-api-key")]
    [InlineData("authorization")]
    public async Task A_second_credential_is_refused(string header)
    {
        gateway.Reset();

        var answer = await SendAsync(Ask("hello"), gateway.Professional, change: request =>
            request.Headers.TryAddWithoutValidation(header, header == "authorization" ? $"Bearer {gateway.Professional}" : gateway.Professional));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task A_key_of_another_protocol_does_not_count()
    {
        gateway.Reset();

        var messages = await SendAsync(Ask("hello"), change: request => request.Headers.Add("api-key", gateway.Professional));
        var chat = await gateway.SendAsync(TheGateway.Ask("hello"), change: request => request.Headers.Add("x-api-key", gateway.Professional));
        var wrong = await SendAsync(Ask("hello"), "sk-not-a-token");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized), (messages.Status, chat.Status, wrong.Status));
        Assert.Empty(gateway.Backend.Received);
    }

    [Fact]
    public async Task A_bearer_token_counts_here_too()
    {
        gateway.Reset();
        gateway.Backend.Answer = context => ScriptedBackend.WriteJsonAsync(context, Dirty);

        var answer = await SendAsync(Ask("hello"), change: request => request.Headers.Authorization = new("Bearer", gateway.Professional));

        Assert.Equal((HttpStatusCode.OK, Dirty), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task The_models_are_listed_in_the_protocols_shape_for_each_caller()
    {
        gateway.Reset();
        void Get(HttpRequestMessage request) => (request.Method, request.Content) = (HttpMethod.Get, null);

        var one = JsonDocument.Parse((await SendAsync(Ask(""), gateway.Token("registered"), "/v1/models", change: Get)).Body).RootElement;
        var all = JsonDocument.Parse((await SendAsync(Ask(""), gateway.Professional, "/v1/models", change: Get)).Body).RootElement;
        var model = JsonDocument.Parse((await SendAsync(Ask(""), gateway.Professional, "/v1/models/m-pro", change: Get)).Body).RootElement;
        var hidden = await SendAsync(Ask(""), gateway.Token("registered"), "/v1/models/m-pro", change: Get);

        Assert.Equal(["m"], one.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("id").GetString()));
        Assert.Equal(["m", "m-pro"], all.GetProperty("data").EnumerateArray().Select(entry => entry.GetProperty("id").GetString()));
        Assert.Equal(("m", "m-pro", false), (all.GetProperty("first_id").GetString(), all.GetProperty("last_id").GetString(), all.GetProperty("has_more").GetBoolean()));
        Assert.Equal(("model", "m-pro", "m-pro"), (model.GetProperty("type").GetString(), model.GetProperty("id").GetString(), model.GetProperty("display_name").GetString()));
        Assert.True(model.GetProperty("created_at").TryGetDateTimeOffset(out _));
        Assert.Equal((HttpStatusCode.NotFound, "not_found_error"), (hidden.Status, Member(hidden, "type")));
    }

    [Fact]
    public async Task A_failure_of_the_gateway_has_the_protocols_shape()
    {
        gateway.Reset();
        gateway.Classifier.Fails = static text => text.Contains("fall over", StringComparison.Ordinal);

        var answer = await SendAsync(Ask("fall over"));

        Assert.Equal((HttpStatusCode.InternalServerError, "api_error", "internal_error"), (answer.Status, Member(answer, "type"), Member(answer, "code")));
        Assert.Equal(answer.Headers["x-request-id"], Member(answer, "decision_id"));
    }

    [Fact]
    public async Task After_keep_alives_a_refusal_is_the_protocols_block_and_a_release_is_the_backends_stream()
    {
        await using var patient = new TheGateway();
        patient.Settings["Gateway:SilentHold"] = "00:00:00.100";
        patient.Settings["Gateway:KeepAliveInterval"] = "00:00:00.050";
        await patient.InitializeAsync();
        async Task<Answer> SendSlowlyAsync(string stream)
        {
            patient.Backend.Answer = async context =>
            {
                context.Response.ContentType = "text/event-stream";
                await context.Response.Body.FlushAsync();
                await Task.Delay(400);
                await context.Response.WriteAsync(stream);
            };
            return await patient.SendAsync(Ask("hello", stream: true), change: request => request.RequestUri = new Uri("/v1/messages", UriKind.Relative));
        }

        var clean = MessagesStream.Message("Hel", "lo.");
        var released = await SendSlowlyAsync(clean);
        var blocked = await SendSlowlyAsync(MessagesStream.Message("marker-", "cyber"));

        const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
        Assert.StartsWith(Ping, released.Text, StringComparison.Ordinal);
        Assert.Equal(clean, released.Text.Replace(Ping, "", StringComparison.Ordinal));
        Assert.StartsWith(Ping, blocked.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", blocked.Everything, StringComparison.Ordinal);
        var events = blocked.Text.Replace(Ping, "", StringComparison.Ordinal).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["event: message_start", "event: message_delta", "event: message_stop"], events.Select(frame => frame.Split('\n')[0]));
        Assert.Contains("\"stop_reason\":\"refusal\"", events[1], StringComparison.Ordinal);
        Assert.Equal("refused", (await patient.Audit.LastAsync()).Outcome);
    }

    internal static StringContent Ask(string prompt, bool stream = false) => TheGateway.Json(
        $$"""{"model":"m","max_tokens":16,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]}""");

    private static string? Member(Answer answer, string name) => answer.Error.GetProperty(name).GetString();

    private Task<Answer> SendAsync(
        HttpContent content, string? key = null, string path = "/v1/messages", string query = "", Action<HttpRequestMessage>? change = null) =>
        gateway.SendAsync(content, change: request =>
        {
            request.RequestUri = new Uri(path + query, UriKind.Relative);
            request.Headers.Add("anthropic-version", "2023-06-01");
            request.Headers.Add("anthropic-beta", "tools-1,context-2");
            if (key is not null)
            {
                request.Headers.Add("x-api-key", key);
            }

            change?.Invoke(request);
        });
}
