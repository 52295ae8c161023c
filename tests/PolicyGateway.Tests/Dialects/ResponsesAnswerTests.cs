using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIResponses;

namespace PolicyGateway.Tests.Dialects;

public sealed class ResponsesAnswerTests
{
    private static readonly ResponsesDialect Dialect = new();
    private static readonly string End = Event("response.completed", """ "response":{"id":"resp_1","status":"completed","output":[]} """);

    public static TheoryData<string> JsonPlaces => new(
        Item("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"NEEDLE"}]}"""),
        Item("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"NEEDLE"}]}"""),
        Item("""{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"NEEDLE"}]}"""),
        Item("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[{"type":"url_citation","title":"NEEDLE"}]}]}"""),
        Item("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","logprobs":[{"token":"NEE"},{"token":"DLE"}]}]}"""),
        Item("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","logprobs":[{"token":"x","top_logprobs":[{"token":"q"},{"token":"NEE"}]},{"token":"x","top_logprobs":[{"token":"q"},{"token":"DLE"}]}]}]}"""),
        Item("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","logprobs":[{"token":"x","bytes":[78,69,69]},{"token":"x","bytes":[68,76,69]}]}]}"""),
        Item("""{"type":"reasoning","summary":[{"type":"summary_text","text":"NEEDLE"}]}"""),
        Item("""{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"NEEDLE"}]}"""),
        Item("""{"type":"reasoning","summary":[],"encrypted_content":"NEEDLE"}"""),
        Item("""{"type":"function_call","name":"f","arguments":"NEEDLE"}"""),
        Item("""{"type":"function_call","name":"NEEDLE","arguments":"{}"}"""),
        Item("""{"type":"custom_tool_call","name":"f","input":"NEEDLE"}"""),
        Item("""{"type":"mcp_call","name":"f","server_label":"s","arguments":"{}","output":"NEEDLE"}"""),
        Item("""{"type":"mcp_call","name":"f","arguments":"{}","error":"NEEDLE"}"""),
        Item("""{"type":"mcp_list_tools","server_label":"s","tools":[{"name":"t","description":"NEEDLE"}]}"""),
        Item("""{"type":"web_search_call","action":{"type":"search","query":"NEEDLE"}}"""),
        Item("""{"type":"file_search_call","queries":["NEEDLE"]}"""),
        Item("""{"type":"file_search_call","results":[{"text":"NEEDLE"}]}"""),
        Item("""{"type":"code_interpreter_call","code":"NEEDLE"}"""),
        Item("""{"type":"code_interpreter_call","outputs":[{"type":"logs","logs":"NEEDLE"}]}"""),
        Item("""{"type":"computer_call","action":{"type":"type","text":"NEEDLE"}}"""),
        Item("""{"type":"local_shell_call","action":{"command":["NEEDLE"]}}"""),
        Item("""{"type":"shell_call_output","output":[{"stdout":"NEEDLE"}]}"""),
        Item("""{"type":"apply_patch_call","operation":{"type":"create_file","diff":"NEEDLE"}}"""),
        Item("""{"type":"image_generation_call","revised_prompt":"NEEDLE"}"""),
        Item("""{"type":"message","role":"assistant","status":"NEEDLE","content":[]}"""),
        Item("""{"type":"NEEDLE"}"""),
        Item("""{"type":"future","x":{"NEEDLE":1}}"""),
        Whole(""" "instructions":"NEEDLE" """),
        Whole(""" "error":{"code":"server_error","message":"NEEDLE"} """),
        Whole(""" "incomplete_details":{"reason":"NEEDLE"} """),
        Whole(""" "tools":[{"description":"NEEDLE"}] """),
        Whole(""" "metadata":{"NEEDLE":"a"} """),
        Whole(""" "output_text":"NEEDLE" """));

    public static TheoryData<string> StreamPlaces => new(
        Two("response.output_text.delta", """ "output_index":0,"content_index":0 """, "delta"),
        Two("response.refusal.delta", """ "output_index":0,"content_index":0 """, "delta"),
        Two("response.reasoning_text.delta", """ "output_index":0,"content_index":0 """, "delta"),
        Two("response.reasoning_summary_text.delta", """ "output_index":0,"summary_index":0 """, "delta"),
        Two("response.function_call_arguments.delta", """ "output_index":0 """, "delta"),
        Two("response.custom_tool_call_input.delta", """ "output_index":0 """, "delta"),
        Two("response.mcp_call_arguments.delta", """ "output_index":0 """, "delta"),
        Two("response.code_interpreter_call_code.delta", """ "output_index":0 """, "delta"),
        Two("response.audio.transcript.delta", """ "x":1 """, "delta"),
        One("response.output_text.done", """ "output_index":0,"content_index":0,"text":"NEEDLE" """),
        One("response.refusal.done", """ "output_index":0,"content_index":0,"refusal":"NEEDLE" """),
        One("response.reasoning_text.done", """ "output_index":0,"content_index":0,"text":"NEEDLE" """),
        One("response.reasoning_summary_text.done", """ "output_index":0,"summary_index":0,"text":"NEEDLE" """),
        One("response.reasoning_summary_part.added", """ "output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"NEEDLE"} """),
        One("response.reasoning_summary_part.done", """ "output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"NEEDLE"} """),
        One("response.function_call_arguments.done", """ "output_index":0,"arguments":"NEEDLE" """),
        One("response.custom_tool_call_input.done", """ "output_index":0,"input":"NEEDLE" """),
        One("response.mcp_call_arguments.done", """ "output_index":0,"arguments":"NEEDLE" """),
        One("response.code_interpreter_call_code.done", """ "output_index":0,"code":"NEEDLE" """),
        One("response.output_text.annotation.added", """ "output_index":0,"content_index":0,"annotation":{"title":"NEEDLE"} """),
        One("response.content_part.added", """ "output_index":0,"content_index":0,"part":{"type":"output_text","text":"NEEDLE"} """),
        One("response.content_part.done", """ "output_index":0,"content_index":0,"part":{"type":"output_text","text":"NEEDLE"} """),
        One("response.output_item.added", """ "output_index":0,"item":{"type":"function_call","name":"NEEDLE"} """),
        One("response.output_item.done", """ "output_index":0,"item":{"type":"mcp_call","output":"NEEDLE"} """),
        One("response.mcp_call.failed", """ "output_index":0,"error":"NEEDLE" """),
        One("response.created", """ "response":{"instructions":"NEEDLE"} """),
        One("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"a","logprobs":[{"token":"NEE"},{"token":"DLE"}] """),
        One("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"a","obfuscation":"NEEDLE with a space" """),
        One("response.future.delta", """ "delta":"NEEDLE" """),
        One("response.web_search_call.searching", """ "output_index":0,"future":"NEEDLE" """),
        Event("error", """ "code":"server_error","message":"NEEDLE","param":null """),
        Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"NEE" """) + Event("response.output_text.delta", """ "output_index":1,"content_index":0,"delta":"x" """)
            + Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"DLE" """) + End,
        Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"NEE" """) + Event("response.output_text.delta", """ "output_index":1,"content_index":0,"delta":"DLE" """) + End,
        Event("response.reasoning_text.delta", """ "output_index":0,"content_index":0,"delta":"NEE" """) + Event("response.refusal.delta", """ "output_index":1,"content_index":0,"delta":"DLE" """) + End,
        ": NEEDLE\n\n" + End,
        "event: NEEDLE\n\n" + End,
        Event("response.completed", """ "response":{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"NEEDLE"}]}]} """),
        End + Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"NEEDLE" """));

    public static TheoryData<string> Broken => new(
        "",
        "data: [DONE]\n\n",
        "hello",
        "data: not json\n\n",
        Event("response.created", """ "response":{"status":"in_progress","output":[]} """),
        Event("response.created", """ "response":null """) + End,
        Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"a" """),
        Event("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"a" """) + "data: [DONE]\n\n",
        Event("response.future", """ "response":{"status":"completed"} """));

    [Theory]
    [MemberData(nameof(JsonPlaces))]
    public void Everything_that_a_client_can_read_of_a_body_is_judged(string body) => AssertNeedle(body, Framing.Json);

    [Theory]
    [MemberData(nameof(StreamPlaces))]
    public void Everything_that_a_client_can_read_of_a_stream_is_judged(string body) => AssertNeedle(body, Framing.Sse);

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_stream_that_is_no_whole_response_is_a_fault(string body) => Assert.NotNull(Read(body, Framing.Sse).Finish().Fault);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"status":"completed"}""")]
    [InlineData("""{"output":[]}""")]
    [InlineData("""{"status":"queued","output":[]}""")]
    [InlineData("""{"status":"in_progress","output":[]}""")]
    [InlineData("""{"status":"completed","output":["a"]}""")]
    [InlineData("""{"error":{"message":"a"}}""")]
    public void A_body_that_is_no_whole_response_is_a_fault(string body) => Assert.NotNull(Read(body, Framing.Json).Finish().Fault);

    [Theory]
    [InlineData("incomplete")]
    [InlineData("failed")]
    public void A_response_that_says_how_it_failed_is_whole(string status)
    {
        Assert.Null(Read($$"""{"status":"{{status}}","output":[]}""", Framing.Json).Finish().Fault);
        Assert.Null(Read(Event($"response.{status}", """ "response":{"output":[]} """), Framing.Sse).Finish().Fault);
    }

    [Theory]
    [InlineData("response.image_generation_call.partial_image", """ "output_index":0,"partial_image_index":0,"partial_image_b64":"AAAA" """)]
    [InlineData("response.output_item.done", """ "output_index":0,"item":{"type":"image_generation_call","result":"AAAA"} """)]
    [InlineData("response.audio.delta", """ "delta":"AAAA" """)]
    public void Images_and_sound_are_unclassified(string type, string rest) => Assert.True(Read(One(type, rest), Framing.Sse).Texts.HasUnclassified);

    [Theory]
    [InlineData("response.future.delta", """ "delta":"a" """)]
    [InlineData("response.output_text.delta", """ "output_index":0,"content_index":0,"delta":"a","future":1 """)]
    [InlineData("response.output_item.done", """ "output_index":0,"item":{"type":"hologram"} """)]
    public void What_nobody_knows_is_reported(string type, string rest) => Assert.True(Read(One(type, rest), Framing.Sse).HasUnknown);

    [Fact]
    public void The_pieces_of_one_part_are_one_text_and_those_of_two_are_not()
    {
        var texts = Read(
            Delta(0, 0, "one ") + Delta(0, 1, "three ") + Delta(0, 0, "two") + Delta(1, 0, "five") + Delta(0, 1, "four") + End, Framing.Sse).Texts;

        Assert.Equal(["one two", "three four", "five"], texts.Channels.Select(channel => channel.ToString()));
    }

    [Fact]
    public void An_ordinary_answer_has_no_text_but_its_content()
    {
        var answer = Read(ConventionTests.ReadDocument("tests/Fixtures/openai.responses/answer.json"), Framing.Json);

        Assert.Equal(["It will be sunny in Lisbon."], answer.Finish().Texts.ToArray());
        Assert.False(answer.HasUnknown);
        Assert.Equal("resp_1", answer.Tail.Id);
        Assert.Equal(new TokenUsage(40, 12), answer.Usage);
    }

    [Fact]
    public void An_ordinary_stream_has_no_text_but_its_content_and_the_copies_of_it()
    {
        var answer = Read(ConventionTests.ReadDocument("tests/Fixtures/openai.responses/stream.txt"), Framing.Sse);

        Assert.Null(answer.Finish().Fault);
        Assert.False(answer.HasUnknown || answer.Texts.HasUnclassified);
        Assert.Equal("The sky was clear.It will be sunny in Lisbon.", answer.Texts.Arrival!.ToString());
        var read = answer.Texts.Channels.Where(channel => channel.Group != QuietFields.Group).Select(channel => channel.ToString()).ToHashSet();
        Assert.Equal(["It will be sunny in Lisbon.", "The sky was clear."], read.Order());
        Assert.Equal("resp_1", answer.Tail.Id);
        Assert.Equal(new TokenUsage(40, 12), answer.Usage);
    }

    private static void AssertNeedle(string body, Framing framing)
    {
        var completion = Read(body, framing).Finish();

        Assert.Null(completion.Fault);
        Assert.Contains(completion.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    private static AnswerReader Read(string body, Framing framing) => Dialect.Read(Encoding.UTF8.GetBytes(body), framing);

    private static string Item(string item) => $$"""{"id":"resp_1","status":"completed","output":[{{item}}]}""";

    private static string Whole(string member) => $$"""{"id":"resp_1","status":"completed","output":[],{{member}}}""";

    private static string Two(string type, string place, string field) =>
        Event(type, $"{place},\"{field}\":\"NEE\"") + Event(type, $"{place},\"{field}\":\"DLE\"") + End;

    private static string One(string type, string rest) => Event(type, rest) + End;

    private static string Delta(int item, int part, string text) =>
        Event("response.output_text.delta", $"\"output_index\":{item},\"content_index\":{part},\"delta\":\"{text}\"");

    private static string Event(string type, string rest) => $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":1,{rest}}}\n\n";
}
