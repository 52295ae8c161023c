using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Anthropic;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects.Anthropic;

public sealed class MessagesAnswerTests
{
    private static readonly MessagesDialect Dialect = new();

    public static TheoryData<string> Blocks => new(
        """{"type":"text","text":"NEEDLE"}""",
        """{"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"NEEDLE","document_index":0}]}""",
        """{"type":"text","text":"a","citations":[{"type":"page_location","cited_text":"a","document_title":"NEEDLE"}]}""",
        """{"type":"text","text":"a","citations":[{"type":"web_search_result_location","title":"a","url":"NEEDLE"}]}""",
        """{"type":"text","text":"a","citations":[{"type":"web_search_result_location","title":"a","encrypted_index":"NEEDLE"}]}""",
        """{"type":"text","text":"a","citations":[{"type":"search_result_location","source":"NEEDLE"}]}""",
        """{"type":"thinking","thinking":"NEEDLE","signature":"s"}""",
        """{"type":"thinking","thinking":"a","signature":"NEEDLE"}""",
        """{"type":"redacted_thinking","data":"NEEDLE"}""",
        """{"type":"tool_use","id":"1","name":"NEEDLE","input":{}}""",
        """{"type":"tool_use","id":"1","name":"f","input":{"a":["NEEDLE"]}}""",
        """{"type":"tool_use","id":"1","name":"f","input":{"NEEDLE":0}}""",
        """{"type":"server_tool_use","id":"1","name":"web_search","input":{"query":"NEEDLE"}}""",
        """{"type":"web_search_tool_result","tool_use_id":"1","content":[{"type":"web_search_result","title":"NEEDLE","url":"u"}]}""",
        """{"type":"web_search_tool_result","tool_use_id":"1","content":{"type":"web_search_tool_result_error","error_code":"NEEDLE with spaces"}}""",
        """{"type":"web_fetch_tool_result","tool_use_id":"1","content":{"type":"web_fetch_result","url":"u","content":{"type":"document","title":"t","source":{"type":"text","data":"NEEDLE"}}}}""",
        """{"type":"code_execution_tool_result","tool_use_id":"1","content":{"type":"code_execution_result","stdout":"NEEDLE","stderr":"","return_code":0,"content":[]}}""",
        """{"type":"code_execution_tool_result","tool_use_id":"1","content":{"type":"encrypted_code_execution_result","encrypted_stdout":"NEEDLE","content":[]}}""",
        """{"type":"text_editor_code_execution_tool_result","tool_use_id":"1","content":{"type":"text_editor_code_execution_str_replace_result","lines":["NEE","DLE"]}}""",
        """{"type":"mcp_tool_result","tool_use_id":"1","content":"NEEDLE"}""",
        """{"type":"compaction","content":"NEEDLE"}""",
        """{"type":"NEEDLE"}""",
        """{"type":"text","text":"a","NEEDLE":1}""",
        """{"type":"text","text":"a","future":"NEEDLE"}""",
        """{"type":"text","text":"a","future":{"x":["NEEDLE"]}}""");

    public static TheoryData<string> Bodies => new(
        Body("""{"type":"text","text":"a"}""", """, "id":"NEEDLE in a field of ids" """),
        Body("""{"type":"text","text":"a"}""", """, "stop_sequence":"NEEDLE and more" """),
        Body("""{"type":"text","text":"a"}""", """, "stop_details":{"type":"refusal","category":"cyber","explanation":"NEEDLE"} """),
        Body("""{"type":"text","text":"a"}""", """, "usage":{"input_tokens":1,"NEEDLE":1} """),
        Body("""{"type":"text","text":"a"}""", """, "NEEDLE":1 """),
        Body("""{"type":"text","text":"a"}""", """, "future":{"x":"NEEDLE"} """),
        Body("""{"type":"text","text":"NEE"},{"type":"text","text":"DLE"}"""),
        Body("""{"type":"thinking","thinking":"NEE","signature":""},{"type":"text","text":"DLE"}"""));

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Everything_that_a_client_can_read_of_a_block_is_judged(string block)
    {
        AssertJudged(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(Body(block)), Framing.Json));
        AssertJudged(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(MessagesStream.Of(
            MessagesStream.Start, MessagesStream.Open(0, block), MessagesStream.Stop(0), MessagesStream.End)), Framing.Sse));
        AssertJudged(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(MessagesStream.Of(
            MessagesStream.Frame("message_start", $$$"""{"type":"message_start","message":{"id":"msg_1","content":[{{{block}}}]}}"""), MessagesStream.End)), Framing.Sse));
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Everything_that_a_client_can_read_of_a_body_is_judged(string body) =>
        AssertJudged(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html></html>")]
    [InlineData("""{"type":"error","error":{"type":"api_error","message":"a"}}""")]
    [InlineData("""{"type":"message","stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[{"type":"text","text":"a"}]}""")]
    [InlineData("""{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":null}""")]
    [InlineData("""{"type":"message","content":["a"],"stop_reason":"end_turn"}""")]
    [InlineData("""{"type":"message","content":[],"content":[],"stop_reason":"end_turn"}""")]
    public void A_body_that_is_no_whole_message_is_a_fault(string body) =>
        Assert.NotNull(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json).Fault);

    [Theory]
    [InlineData("""{"type":"hologram","text":"a"}""")]
    [InlineData("""{"type":"text","text":"a","future":1}""")]
    [InlineData("""{"type":"text","text":{"a":"b"}}""")]
    public void What_nobody_knows_of_an_answer_is_reported(string block)
    {
        Assert.True(Dialect.Read(Encoding.UTF8.GetBytes(Body(block)), Framing.Json).HasUnknown);
        Assert.False(Dialect.Read(Encoding.UTF8.GetBytes(Body("""{"type":"text","text":"a"}""")), Framing.Json).HasUnknown);
    }

    [Fact]
    public void A_file_in_an_answer_is_unclassified()
    {
        var fetched = """{"type":"web_fetch_tool_result","tool_use_id":"1","content":{"type":"web_fetch_result","url":"u","content":{"type":"document","source":{"type":"base64","data":"AAAA"}}}}""";

        Assert.True(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(Body(fetched)), Framing.Json).HasUnclassified);
        Assert.True(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(Body("""{"type":"container_upload","file_id":"f"}""")), Framing.Json).HasUnclassified);
    }

    [Fact]
    public void An_ordinary_answer_has_no_text_but_its_content()
    {
        var reader = Dialect.Read(Encoding.UTF8.GetBytes(ConventionTests.ReadDocument("tests/Fixtures/anthropic.messages/answer.json")), Framing.Json);

        Assert.Null(reader.Finish().Fault);
        Assert.False(reader.HasUnknown);
        Assert.Equal(
            ["Twelve percent is dry.", "EqQBCgIYAhIM", "The herbs need water.", "the herbs were dry on Monday", "Garden notes", "open_valve", "bedminutes", "bed\nminutes", "herbs", "herbs"],
            reader.Texts.Channels.Select(channel => channel.ToString()));
        Assert.Equal(("msg_01", new TokenUsage(214, 61)), (reader.Tail.Id, reader.Usage));
    }

    [Fact]
    public void A_count_is_a_number_and_nothing_else_is_whole()
    {
        var dialect = new CountTokensDialect(Dialect);
        Completion Read(string body) => dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json);

        Assert.Empty(Read(ConventionTests.ReadDocument("tests/Fixtures/anthropic.count_tokens/answer.json")).Texts);
        Assert.Null(Read("""{"input_tokens":3,"context_management":{"original_input_tokens":4}}""").Fault);
        Assert.NotNull(Read("{}").Fault);
        Assert.NotNull(Read("""{"input_tokens":"three"}""").Fault);
        AssertJudged(Read("""{"input_tokens":3,"note":"NEEDLE"}"""));
    }

    [Fact]
    public void An_error_has_the_shape_and_the_types_of_the_protocol()
    {
        string TypeOf(int status, string code = "x") => Error(new GatewayError(status, "server_error", code, "m")).GetProperty("error").GetProperty("type").GetString()!;

        Assert.Equal(["not_found_error", "request_too_large", "rate_limit_error", "api_error", "api_error", "overloaded_error", "timeout_error"],
            [TypeOf(404), TypeOf(413), TypeOf(429), TypeOf(500), TypeOf(503), TypeOf(503, "overloaded"), TypeOf(504)]);
        var error = Error(new GatewayError(403, "permission_error", "verification_required", "m") { DecisionId = "dec_1", Category = "cyber", RequiredTier = "verified", RequiredCredentials = ["a"] });
        Assert.Equal(("error", "dec_1"), (error.GetProperty("type").GetString(), error.GetProperty("request_id").GetString()));
        Assert.Equal(("permission_error", "cyber", "verified"), (Member(error, "type"), Member(error, "category"), Member(error, "required_tier")));
    }

    private static string? Member(JsonElement error, string name) => error.GetProperty("error").GetProperty(name).GetString();

    private static JsonElement Error(GatewayError error)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Dialect.WriteError(output, error);
        return JsonDocument.Parse(output.WrittenMemory).RootElement;
    }

    private static void AssertJudged(Completion completion)
    {
        Assert.Null(completion.Fault);
        Assert.Contains(completion.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    private static string Body(string blocks, string extra = "") =>
        $$"""{"type":"message","role":"assistant","model":"m","content":[{{blocks}}],"stop_reason":"end_turn"{{extra}}}""";
}
