using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;

namespace PolicyGateway.Tests.Dialects;

public sealed class ChatCompletionTests
{
    private static readonly ChatDialect Dialect = new();

    public static TheoryData<string> JsonPlaces => new(
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"NEEDLE"}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"}},{"index":1,"finish_reason":"stop","message":{"content":"NEEDLE"}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":null,"refusal":"NEEDLE"}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a","reasoning_content":"NEEDLE"}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a","reasoning":"NEEDLE"}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a","thinking":"NEEDLE"}}]}""",
        """{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"NEEDLE"}}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"tool_calls":[{"id":"1","type":"function","function":{"name":"NEEDLE","arguments":"{}"}}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"function_call","message":{"function_call":{"name":"f","arguments":"NEEDLE"}}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a","annotations":[{"url_citation":{"title":"NEEDLE"}}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":[{"type":"text","text":"NEEDLE"}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"logprobs":{"content":[{"token":"NEE"},{"token":"DLE"}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"logprobs":{"content":[{"token":"x","top_logprobs":[{"token":"q"},{"token":"NEE"}]},{"token":"x","top_logprobs":[{"token":"q"},{"token":"DLE"}]}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"logprobs":{"content":[{"token":"?","bytes":[78,69,69]},{"token":"?","bytes":[68,76,69]}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"logprobs":{"refusal":[{"token":"NEEDLE"}]}}]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"}}],"citations":["NEEDLE"]}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"}}],"system_fingerprint":"NEEDLE in a field of ids"}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"}}],"usage":{"note":"NEEDLE"}}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"NEEDLE":{"x":1}}],"future":{"NEEDLE":1}}""",
        """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"},"text":"NEEDLE"}]}""");

    public static TheoryData<string> StreamPlaces => new(
        Frame("""{"choices":[{"index":0,"delta":{"content":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"content":"DLE"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"reasoning_content":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"reasoning_content":"DLE"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"NEE"}}]}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"DLE"}}]},"finish_reason":"tool_calls"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"refusal":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"refusal":"DLE"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":1,"delta":{"content":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}""") + Frame("""{"choices":[{"index":1,"delta":{"content":"DLE"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"NEE"},"finish_reason":"stop"}]}""") + Frame("""{"choices":[{"index":1,"delta":{"content":"DLE"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"reasoning":"DLE"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"x_vendor":"NEE"}}]}""") + Frame("""{"choices":[{"index":0,"delta":{"x_vendor":"DLE"},"finish_reason":"stop"}]}"""),
        ": NEEDLE\n\n" + Frame("""{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}"""),
        "event: NEEDLE\n" + Frame("""{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}"""),
        "id: NEEDLE\n" + Frame("""{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}""") + "data: [DONE]\n\n" + Frame("""{"choices":[{"index":0,"delta":{"content":"NEEDLE"}}]}"""),
        "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"NEEDLE\"},\"finish_reason\":\"stop\"}]}\n\n",
        "data:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"NEEDLE\"},\"finish_reason\":\"stop\"}]}\r\n\r\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"NEEDLE\"},\"finish_reason\":\"stop\"}]}\r\r",
        "\uFEFFdata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"NEEDLE\"},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"NEEDLE\"},\"finish_reason\":\"stop\"}]}");

    public static TheoryData<string> Broken => new(
        "",
        "data: [DONE]\n\n",
        "hello",
        "data: not json\n\n",
        Frame("""{"error":{"message":"x"}}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"a"}}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}]}""").Replace("\"\"", "null", StringComparison.Ordinal),
        Frame("""{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""") + Frame("""{"choices":[{"index":1,"delta":{"content":"b"}}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"a","content":"b"},"finish_reason":"stop"}]}"""),
        Frame("""{"choices":[{"index":0,"delta":{"content":"\ud800"},"finish_reason":"stop"}]}"""));

    [Theory]
    [MemberData(nameof(JsonPlaces))]
    public void Everything_that_a_client_can_read_of_a_body_is_judged(string body)
    {
        var completion = Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json);

        Assert.Null(completion.Fault);
        Assert.Contains(completion.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(StreamPlaces))]
    public void Everything_that_a_client_can_read_of_a_stream_is_judged(string body)
    {
        var completion = Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Sse);

        Assert.Null(completion.Fault);
        Assert.Contains(completion.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_stream_that_is_no_whole_completion_is_a_fault(string body) =>
        Assert.NotNull(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Sse).Fault);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html></html>")]
    [InlineData("""{"choices":{}}""")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":["a"]}""")]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"a"}}]}""")]
    [InlineData("""{"error":{"message":"a"}}""")]
    public void A_body_that_is_no_whole_completion_is_a_fault(string body) =>
        Assert.NotNull(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json).Fault);

    [Fact]
    public void Sound_is_unclassified_and_its_transcript_is_read()
    {
        var completion = Dialect.ReadCompletion(Encoding.UTF8.GetBytes(
            """{"choices":[{"index":0,"finish_reason":"stop","message":{"content":null,"audio":{"id":"a","data":"AAAA","transcript":"NEEDLE"}}}]}"""), Framing.Json);

        Assert.True(completion.HasUnclassified);
        Assert.Contains(completion.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Fact]
    public void Ids_and_counters_are_no_text()
    {
        var completion = Dialect.ReadCompletion(Encoding.UTF8.GetBytes(
            """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","system_fingerprint":"fp_1","service_tier":"default","choices":[{"index":0,"finish_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"hello","refusal":null}}],"usage":{"prompt_tokens":1,"completion_tokens_details":{"reasoning_tokens":0}}}"""), Framing.Json);

        Assert.Equal(["hello"], completion.Texts.ToArray());
    }

    private static string Frame(string json) => $"data: {json}\n\n";
}
