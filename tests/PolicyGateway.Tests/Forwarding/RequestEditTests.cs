using System.Net;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Forwarding;

/// <summary>The few changes that a judged request gets on its way: bounds of its model, and the wish for usage.</summary>
public sealed class RequestEditTests : IAsyncLifetime
{
    private const string Usage = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}""" + "\n\n";

    private readonly TheGateway _gateway = new();

    public Task InitializeAsync()
    {
        _gateway.Settings["Backends:Models:small:Cluster"] = "c";
        _gateway.Settings["Backends:Models:small:MaxTokens"] = "100";
        _gateway.Settings["Backends:Models:small:MaxChoices"] = "2";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task Completions_that_a_backend_makes_and_keeps_to_itself_count_as_well()
    {
        const string Body = """{"model":"small","prompt":"hello","n":1,"best_of":3}""";

        var answer = await _gateway.SendAsync(TheGateway.Json(Body), null, static request => request.RequestUri = new Uri("/v1/completions", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Theory]
    [InlineData("", """{"max_completion_tokens":100,""")]
    [InlineData("\"max_tokens\": 7,", """{"max_tokens": 7,""")]
    [InlineData("\"max_tokens\": 5000,", """{"max_tokens": 100,""")]
    [InlineData("\"max_tokens\": 1e9,", """{"max_tokens": 100,""")]
    [InlineData("\"max_tokens\": -1,", """{"max_tokens": 100,""")]
    [InlineData("\"max_tokens\": 200, \"max_completion_tokens\": 300,", """{"max_tokens": 100, "max_completion_tokens": 100,""")]
    [InlineData("\"max_tokens\": null,", """{"max_completion_tokens":100,"max_tokens": null,""")]
    public async Task A_models_bound_on_tokens_is_lowered_or_added_and_no_other_byte_changes(string given, string sent)
    {
        const string Rest = """ "model":"small", "metadata":{"max_tokens":9000}, "messages":[{"role":"user","content":"max_tokens"}]}""";

        var answer = await _gateway.SendAsync(TheGateway.Json("{" + given + Rest));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(sent + Rest, Sent());
    }

    [Fact]
    public async Task More_choices_than_the_model_may_give_are_refused()
    {
        var answer = await _gateway.SendAsync(TheGateway.Json("""{"model":"small","n":3,"messages":[{"role":"user","content":"hi"}]}"""));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Empty(_gateway.Backend.Received);
    }

    [Theory]
    [InlineData("", """{"stream_options":{"include_usage":true},""")]
    [InlineData("\"stream_options\":null,", """{"stream_options":{"include_usage":true},""")]
    [InlineData("\"stream_options\":{},", """{"stream_options":{"include_usage":true},""")]
    [InlineData("\"stream_options\":{\"include_obfuscation\":false},", """{"stream_options":{"include_usage":true,"include_obfuscation":false},""")]
    [InlineData("\"stream_options\":{\"include_usage\":false},", """{"stream_options":{"include_usage":true},""")]
    public async Task A_stream_is_asked_for_its_usage_which_stays_here_unless_the_caller_asked_too(string given, string sent)
    {
        const string Rest = "\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        var stream = ScriptedBackend.Stream("Hello.");
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream.Replace("data: [DONE]", Usage + "data: [DONE]", StringComparison.Ordinal));

        var answer = await _gateway.SendAsync(TheGateway.Json("{" + given + Rest));

        Assert.Equal(sent + Rest, Sent());
        Assert.Equal(stream, answer.Text);
        var metrics = await _gateway.Client.GetStringAsync(new Uri(_gateway.Management, "/metrics"));
        Assert.Contains("gen_ai_token_type=\"output\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_of_usage_that_the_stream_breaks_off_behind_stays_here_too()
    {
        var stream = ScriptedBackend.Stream("Hello.").Replace("data: [DONE]\n\n", "", StringComparison.Ordinal);
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream + Usage.TrimEnd('\n'));

        var answer = await _gateway.SendAsync(TheGateway.Ask("hi", stream: true));

        Assert.Equal(stream, answer.Text);
    }

    [Fact]
    public async Task A_caller_who_asks_for_usage_gets_the_backends_bytes()
    {
        var stream = ScriptedBackend.Stream("Hello.").Replace("data: [DONE]", Usage + "data: [DONE]", StringComparison.Ordinal);
        _gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);

        var answer = await _gateway.SendAsync(TheGateway.Ask("hi", stream: true, extra: ",\"stream_options\":{\"include_usage\":true}"));

        Assert.Equal(stream, answer.Text);
    }

    [Fact]
    public async Task An_option_of_another_shape_is_a_400()
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask("hi", stream: true, extra: ",\"stream_options\":\"all\""));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer.Code));
    }

    [Fact]
    public void A_splice_changes_one_value_wherever_it_stands()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var depth = random.Next(1, 4);
            var names = Enumerable.Range(0, depth).Select(_ => "ab\u00e9\"\\"[random.Next(5)].ToString()).ToArray();
            var body = Something(random, 0);

            ReadOnlyMemory<byte> spliced;
            try
            {
                spliced = JsonSplice.Set(Encoding.UTF8.GetBytes(body), string.Join('.', names), "42");
            }
            catch (InvalidOperationException)
            {
                continue;
            }

            using var document = JsonDocument.Parse(spliced);
            Assert.Equal(42, JsonSplice.Get(document.RootElement, names)!.Value.GetInt32());
            Assert.Equal(JsonSplice.Set(spliced, string.Join('.', names), "42").ToArray(), spliced.ToArray());
        }
    }

    private static string Something(Random random, int depth)
    {
        var members = "ab\u00e9\"\\x".Where(_ => random.Next(2) == 0).Select(name =>
            $"{(random.Next(2) == 0 ? " " : "")}{JsonSerializer.Serialize(name.ToString())} : {(depth < 3 && random.Next(2) == 0 ? Something(random, depth + 1) : random.Next(3) switch { 0 => "null", 1 => "\"{a:1}\"", _ => "[1,{\"a\":2}]" })}");
        return "{" + string.Join(',', members) + "}";
    }

    private string Sent() => Encoding.UTF8.GetString(_gateway.Backend.Received.Single().Body);
}
