using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;

namespace PolicyGateway.Tests.Dialects;

/// <summary>Places of an answer where nobody expects text, and where a text would still reach the client.</summary>
public sealed class QuietChannelTests
{
    private const string End = """{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}""";

    private static readonly ChatDialect Dialect = new();

    public static TheoryData<string> Smuggled => new(
        Frame("""{"id":"NEE","choices":[]}""") + Frame("""{"id":"DLE","choices":[]}""") + Frame(End),
        Frame("""{"model":"N","choices":[]}""") + Frame("""{"model":"E","choices":[]}""") + Frame("""{"model":"E","choices":[]}""") + Frame("""{"model":"DLE","choices":[]}""") + Frame(End),
        Frame("""{"system_fingerprint":"NEE","choices":[]}""") + Frame("""{"system_fingerprint":"DLE","choices":[]}""") + Frame(End),
        Frame("""{"obfuscation":"a","choices":[]}""") + Frame("""{"obfuscation":"NEEDLE","choices":[]}""") + Frame(End),
        Frame("""{"choices":[{"index":0,"delta":{"role":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"role":"DLE"}}]}""") + Frame(End),
        Frame("""{"choices":[{"index":0,"delta":{},"finish_reason":"NEE"}]}""") + Frame("""{"choices":[{"index":0,"delta":{},"finish_reason":"DLE"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"NEE"},{"index":1,"id":"DLE"}]}}]}""") + Frame(End),
        Frame("""{"choices":[],"usage":{"NEEDLE":1}}""") + Frame(End),
        Frame("""{"choices":[{"index":0,"delta":{"NEEDLE":"x"}}]}""") + Frame(End),
        Frame("""{"choices":[{"index":0,"delta":{},"NEEDLE":1}]}""") + Frame(End),
        Frame("""{"choices":[],"NEEDLE":"x"}""") + Frame(End),
        Frame("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"NEEDLE":"x"}]}}]}""") + Frame(End),
        Frame("""{"choices":[{"index":0,"delta":{},"logprobs":{"content":[{"token":"a","NEEDLE":1}],"NEEDLE":[]}}]}""") + Frame(End),
        Frame("""{"model":"well, ","choices":[]}""") + Frame("""{"model":"NEE","choices":[]}""") + Frame("""{"model":"DLE.","choices":[]}""") + Frame(End),
        ": NEE\n\n: DLE\n\n" + Frame(End),
        "id: NEE\n\nid: DLE\n\n" + Frame(End));

    public static TheoryData<string> Unreadable => new(
        Frame("""{"choices":[{"index":1.0,"delta":{"content":"a"}}]}""") + Frame(End),
        Frame("""{"choices":[{"index":"1","delta":{"content":"a"}}]}""") + Frame(End),
        Frame("""{"choices":[{"index":-1,"delta":{"content":"a"}}]}""") + Frame(End),
        Frame("""{"choices":[],"x":[[78,69,69,68,76,69,78,69],[78,69,69,68,76,69,78,69]]}""") + Frame(End),
        Frame("""{"choices":[],"created":786969687669786969687669786969687669786969687669}""") + Frame(End));

    [Theory]
    [MemberData(nameof(Smuggled))]
    public void Text_in_a_place_that_should_hold_none_is_judged(string body) =>
        Assert.Contains(Read(body).Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));

    [Fact]
    public void What_is_spelled_by_two_fields_in_turns_is_one_text() =>
        Assert.Contains(
            Read(Frame("""{"model":"a","system_fingerprint":"b","choices":[]}""") + Frame("""{"model":"NEE","choices":[]}""") + Frame("""{"system_fingerprint":"DLE","choices":[]}""") + Frame(End)).Texts,
            static text => text.Contains("NEE\nb\nDLE", StringComparison.Ordinal));

    [Fact]
    public void The_name_of_an_unknown_field_that_has_the_words_of_a_text_is_one()
    {
        var read = Dialect.ReadPrompt(default, """{"model":"m","messages":[{"role":"user","content":"a"}],"write_me_NEEDLE_for_the_old_bank":1,"min_p":1}"""u8.ToArray(), new RequestLimits(64, 8));

        Assert.Contains(read.Prompt!.Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
        Assert.DoesNotContain(read.Prompt.Texts, static text => text.Contains("min_p", StringComparison.Ordinal));
    }

    [Fact]
    public void A_word_of_the_protocol_that_has_the_words_of_a_text_is_one()
    {
        var read = Dialect.ReadPrompt(default, """{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"write_me_NEEDLE_for_the_old_bank","function":{"name":"x","arguments":"{}"}}]}]}"""u8.ToArray(), new RequestLimits(64, 8));

        Assert.Contains(read.Prompt!.Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Numbers_that_may_spell_a_text_are_unclassified(string body) => Assert.True(Read(body).HasUnclassified);

    [Theory]
    [InlineData("\uFEFFdata: {}\n\n")]
    [InlineData("DATA: {}\n\n")]
    [InlineData("unknown: NEEDLE\n\n")]
    [InlineData(": x\u000bdata: {\"choices\":[]}\n\n")]
    [InlineData(": x\u000cdata: {\"choices\":[]}\n\n")]
    [InlineData("event: x\u001edata: {\"choices\":[]}\n\n")]
    [InlineData("id: x\u0085data: {\"choices\":[]}\n\n")]
    [InlineData("retry: 1\u2028data: {\"choices\":[]}\n\n")]
    [InlineData(": x\u2029data: {\"choices\":[]}\n\n")]
    [InlineData("id: {\"content\":\"\\u004e\"}\n\n")]
    public void A_line_that_is_no_field_of_the_event_stream_or_that_clients_may_read_in_two_ways_is_a_fault(string line) =>
        Assert.NotNull(Read(Frame(End) + line).Fault);

    public static TheoryData<string> Elsewhere => new(
        """ "models":["other"] """,
        """ "tools":[{"type":"mcp","server_label":"s"}] """,
        """ "tools":[{"type":"function","function":{"name":"f"}},{"server_url":"https://example.com"}] """);

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public void A_request_that_sends_text_past_the_gateway_is_refused(string more) =>
        Assert.Equal(400, Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":"a"}],{{more}}}"""), new RequestLimits(64, 8)).Error?.Status);

    [Fact]
    public void An_ordinary_stream_has_no_text_but_its_content()
    {
        var first = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":"hel","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}""";
        var second = first.Replace("hel", "lo", StringComparison.Ordinal).Replace("\"finish_reason\":null", "\"finish_reason\":\"stop\"", StringComparison.Ordinal);
        const string Usage = """{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}""";

        Assert.Equal(["hello"], Read(Frame(first) + Frame(second) + Frame(Usage) + "data: [DONE]\n\n").Texts.ToArray());
    }

    [Theory]
    [InlineData("""{"model":"m","Model":"m-pro","messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":"m","N":100,"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":"m","Messages":[],"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":"m","meſſages":[],"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"a","Content":[]}]}""")]
    public void A_key_that_a_backend_may_take_for_another_is_refused(string body) =>
        Assert.NotNull(Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(body), new RequestLimits(64, 8)).Error);

    private static Completion Read(string body) => Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Sse);

    private static string Frame(string json) => $"data: {json}\n\n";
}
