using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.OpenAIResponses;

namespace PolicyGateway.Tests.Dialects;

public sealed class ResponsesRequestTests
{
    private static readonly ResponsesDialect Dialect = new();
    private static readonly RequestLimits Limits = new(64, 8);

    public static TheoryData<string> TextPlaces => new(
        Body("\"NEEDLE\""),
        Body("\"a\"", "\"instructions\":\"NEEDLE\""),
        Items("""{"role":"user","content":"NEEDLE"}"""),
        Items("""{"type":"message","role":"developer","content":[{"type":"input_text","text":"NEEDLE"}]}"""),
        Items("""{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"NEEDLE","annotations":[]}]}"""),
        Items("""{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[{"title":"NEEDLE"}]}]}"""),
        Items("""{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"NEEDLE"}]}"""),
        Items("""{"role":"user","content":[{"type":"input_file","file_id":"f","filename":"NEEDLE"}]}"""),
        Items("""{"type":"function_call","call_id":"c","name":"f","arguments":"NEEDLE"}"""),
        Items("""{"type":"function_call","call_id":"c","name":"NEEDLE","arguments":"{}"}"""),
        Items("""{"type":"function_call_output","call_id":"c","output":"NEEDLE"}"""),
        Items("""{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"NEEDLE"}]}"""),
        Items("""{"type":"custom_tool_call","call_id":"c","name":"f","input":"NEEDLE"}"""),
        Items("""{"type":"custom_tool_call_output","call_id":"c","output":"NEEDLE"}"""),
        Items("""{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"NEEDLE"}]}"""),
        Items("""{"type":"reasoning","id":"r","summary":[],"content":[{"type":"reasoning_text","text":"NEEDLE"}]}"""),
        Items("""{"type":"reasoning","id":"r","summary":[],"encrypted_content":"NEEDLE"}"""),
        Items("""{"type":"computer_call","id":"c","call_id":"c","action":{"type":"type","text":"NEEDLE"},"pending_safety_checks":[]}"""),
        Items("""{"type":"computer_call","id":"c","call_id":"c","pending_safety_checks":[{"id":"s","message":"NEEDLE"}]}"""),
        Items("""{"type":"file_search_call","id":"f","queries":["NEEDLE"],"status":"completed"}"""),
        Items("""{"type":"file_search_call","id":"f","queries":["a"],"results":[{"text":"NEEDLE"}]}"""),
        Items("""{"type":"web_search_call","id":"w","action":{"type":"search","query":"NEEDLE"},"status":"completed"}"""),
        Items("""{"type":"code_interpreter_call","id":"c","code":"NEEDLE","container_id":"k","outputs":[]}"""),
        Items("""{"type":"code_interpreter_call","id":"c","code":"a","container_id":"k","outputs":[{"type":"logs","logs":"NEEDLE"}]}"""),
        Items("""{"type":"local_shell_call","id":"l","call_id":"c","action":{"type":"exec","command":["NEEDLE"],"env":{}}}"""),
        Items("""{"type":"local_shell_call","id":"l","call_id":"c","action":{"type":"exec","command":[],"env":{"NEEDLE":"a"}}}"""),
        Items("""{"type":"local_shell_call_output","id":"l","output":"NEEDLE"}"""),
        Items("""{"type":"shell_call_output","call_id":"c","output":[{"stdout":"NEEDLE","stderr":"","outcome":{"type":"exit","exit_code":0}}]}"""),
        Items("""{"type":"apply_patch_call","call_id":"c","operation":{"type":"create_file","path":"a","diff":"NEEDLE"}}"""),
        Items("""{"type":"mcp_list_tools","id":"m","server_label":"s","tools":[{"name":"t","description":"NEEDLE"}]}"""),
        Items("""{"type":"mcp_approval_response","approval_request_id":"m","approve":true,"reason":"NEEDLE"}"""),
        Items("""{"type":"mcp_call","id":"m","server_label":"s","name":"t","arguments":"{}","output":"NEEDLE"}"""),
        Items("""{"type":"tool_search_call","arguments":{"q":"NEEDLE"}}"""),
        Items("""{"type":"tool_search_output","tools":[{"type":"function","description":"NEEDLE"}]}"""),
        Items("""{"role":"user","content":"a","future":{"x":["NEEDLE"]}}"""),
        Body("\"a\"", """ "tools":[{"type":"function","name":"f","description":"NEEDLE","parameters":{}}]"""),
        Body("\"a\"", """ "tools":[{"type":"function","name":"f","parameters":{"properties":{"NEEDLE":{}}}}]"""),
        Body("\"a\"", """ "tools":[{"type":"custom","name":"f","format":{"type":"grammar","definition":"NEEDLE"}}]"""),
        Body("\"a\"", """ "tools":[{"type":"namespace","name":"n","description":"d","tools":[{"description":"NEEDLE"}]}]"""),
        Body("\"a\"", """ "text":{"format":{"type":"json_schema","name":"s","schema":{"description":"NEEDLE"}}}"""),
        Body("\"a\"", """ "metadata":{"k":"NEEDLE"}"""),
        Body("\"a\"", """ "user":"NEEDLE in a field of ids" """),
        Body("\"a\"", """ "vendor_extension":{"a":[{"b":"NEEDLE"}]}"""));

    public static TheoryData<string> Malformed => new(
        "",
        "[]",
        """{"model":"m"}""",
        """{"input":"a"}""",
        Body("null"),
        Body("7"),
        Body("{}"),
        Body("[]"),
        Body("[\"a\"]"),
        Items("""{"type":"hologram"}"""),
        Items("""{"role":"wizard","content":"a"}"""),
        Items("""{"role":"user","content":7}"""),
        Items("""{"role":"user","content":["a"]}"""),
        Items("""{"role":"user","content":[{"text":"a"}]}"""),
        Items("""{"role":"user","content":[{"type":"hologram","text":"a"}]}"""),
        Items("""{"role":"user","content":"a","content":"b"}"""),
        Items("""{"role":"user","Content":"a","content":"b"}"""),
        Body("\"a\"", "\"Input\":\"b\""),
        Body("\"a\"", "\"stream\":\"true\""),
        Body("\"a\"", "\"instructions\":[\"b\"]"),
        Body("\"a\"", """ "tools":[{"type":"code_interpreter","container":"cntr_1"}]"""));

    public static TheoryData<string, string> Stateful => new()
    {
        { Body("\"a\"", "\"background\":true"), "background" },
        { Body("\"a\"", "\"store\":true"), "store" },
        { Body("\"a\"", "\"previous_response_id\":\"resp_1\""), "previous_response_id" },
        { Body("\"a\"", "\"conversation\":\"conv_1\""), "conversation" },
        { Body("\"a\"", "\"conversation\":{\"id\":\"conv_1\"}"), "conversation" },
        { Body("\"a\"", "\"prompt\":{\"id\":\"pmpt_1\"}"), "prompt" },
        { Body("\"a\"", """ "tools":[{"type":"mcp","server_label":"s","server_url":"https://example.com"}]"""), "tools" },
        { Body("\"a\"", """ "tools":[{"type":"function","name":"f","connector_id":"c"}]"""), "tools" },
        { Body("\"a\"", """ "tools":[{"type":"namespace","name":"n","tools":[{"type":"mcp"}]}]"""), "tools" },
        { Items("""{"type":"additional_tools","tools":[{"type":"mcp","tunnel_id":"t"}]}"""), "input" },
        { Body("\"a\"", """ "tools":[{"type":"code_interpreter","container":{"type":"auto","network_policy":{"type":"allowlist"}}}]"""), "tools[0].container.network_policy" },
        { Body("\"a\"", """ "tools":[{"type":"shell","environment":{"type":"container_auto","network_policy":{"type":"allowlist"}}}]"""), "tools[0].environment.network_policy" },
        { Items("""{"type":"additional_tools","role":"developer","tools":[{"type":"code_interpreter","container":{"network_policy":{"type":"allowlist"}}}]}"""), "input" },
        { Items("""{"type":"additional_tools","tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]}"""), "input" },
        { Items("""{"type":"shell_call","call_id":"c","action":{},"environment":{"type":"container_auto","network_policy":{"type":"allowlist"}}}"""), "input" },
        { Body("\"a\"", """ "tools":[{"type":"namespace","name":"n","tools":[{"type":"code_interpreter","container":{"network_policy":{"type":"allowlist"}}}]}]"""), "tools" },
        { Body("\"a\"", """ "tools":[{"type":"namespace","name":"n","tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]}]"""), "tools" },
        { Body("\"a\"", """ "tool_choice":{"type":"allowed_tools","tools":[{"type":"mcp","server_url":"https://example.com"}]}"""), "tools" },
        { Body("\"a\"", "\"kv_transfer_params\":{\"remote_host\":\"203.0.113.5\"}"), "kv_transfer_params" },
        { Body("\"a\"", "\"session_params\":{\"id\":\"s1\"}"), "session_params" },
        { Items("""{"type":"item_reference","id":"msg_1"}"""), "input" },
        { Items("""{"id":"msg_1"}"""), "input" },
        { Items("""{"type":null,"id":"msg_1"}"""), "input" },
        { Items("""{"type":"message","id":"msg_1"}"""), "input" },
    };

    [Theory]
    [MemberData(nameof(TextPlaces))]
    public void Everything_that_the_model_reads_is_judged(string body)
    {
        var prompt = Read(body).Prompt;

        Assert.NotNull(prompt);
        Assert.Contains("NEEDLE", prompt.Whole, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_not_the_dialect_is_a_400(string body) => Assert.Equal(400, Read(body).Error?.Status);

    [Theory]
    [MemberData(nameof(Stateful))]
    public void What_is_kept_elsewhere_is_refused_by_name(string body, string field)
    {
        var error = Read(body).Error;

        Assert.Equal(400, error?.Status);
        Assert.Equal(field, error!.Param);
    }

    [Theory]
    [InlineData("\"store\":false")]
    [InlineData("\"store\":null,\"background\":false,\"previous_response_id\":null")]
    [InlineData("\"temperature\":1")]
    public void A_request_that_asks_for_no_state_is_read(string extra) => Assert.NotNull(Read(Body("\"a\"", extra)).Prompt);

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"input_file","file_data":"AAAA"}]}""")]
    [InlineData("""{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","image_url":"data:image/png;base64,AAAA"}}""")]
    [InlineData("""{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","file_id":"f"}]}""")]
    [InlineData("""{"type":"image_generation_call","id":"ig_1","result":"AAAA","status":"completed"}""")]
    [InlineData("""{"type":"compaction","encrypted_content":"AAAA"}""")]
    public void What_nobody_can_read_is_unclassified(string item) => Assert.True(Read(Items(item)).Prompt!.HasUnclassified);

    [Fact]
    public void A_phrase_that_is_split_over_items_or_parts_is_one_text()
    {
        var items = Read(Items("""{"role":"user","content":"NEE"},{"type":"function_call_output","call_id":"c","output":"DLE"}""")).Prompt!;
        var parts = Read(Items("""{"role":"user","content":[{"type":"input_text","text":"NEE"},{"type":"input_text","text":"DLE"}]}""")).Prompt!;

        Assert.Contains(items.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
        Assert.Contains("NEEDLE", parts.Texts);
    }

    [Fact]
    public void An_ordinary_request_has_no_text_but_what_the_model_reads()
    {
        var prompt = Read(ConventionTests.ReadDocument("tests/Fixtures/openai.responses/request.json")).Prompt!;

        Assert.False(prompt.HasUnclassified);
        Assert.DoesNotContain("call_1", prompt.Whole, StringComparison.Ordinal);
        Assert.DoesNotContain("msg_1", prompt.Whole, StringComparison.Ordinal);
        Assert.DoesNotContain("completed", prompt.Whole, StringComparison.Ordinal);
        Assert.Contains("And tomorrow?", prompt.Whole, StringComparison.Ordinal);
    }

    private static string Items(string items) => Body($"[{items}]");

    private static string Body(string input, string? extra = null) => $$"""{"model":"m","input":{{input}}{{(extra is null ? "" : "," + extra)}}}""";

    private static PromptReading Read(string body) => Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);
}
