using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Anthropic;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects.Anthropic;

public sealed class MessagesRequestTests
{
    private static readonly MessagesDialect Dialect = new();
    private static readonly RequestLimits Limits = new(64, 8);

    public static TheoryData<string> TextPlaces => new(
        Ask("\"NEEDLE\""),
        Ask("\"\\u004eEEDLE\""),
        Blocks("""{"type":"text","text":"NEEDLE"}"""),
        Blocks("""{"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"NEEDLE"}]}"""),
        Blocks("""{"type":"text","text":"a","citations":[{"type":"web_search_result_location","title":"NEEDLE","url":"u"}]}"""),
        Blocks("""{"type":"text","text":"a","cache_control":{"type":"NEEDLE is no word of the protocol"}}"""),
        Blocks("""{"type":"document","source":{"type":"text","media_type":"text/plain","data":"NEEDLE"}}"""),
        Blocks("""{"type":"document","source":{"type":"content","content":"NEEDLE"}}"""),
        Blocks("""{"type":"document","source":{"type":"content","content":[{"type":"text","text":"NEEDLE"}]}}"""),
        Blocks("""{"type":"document","source":{"type":"base64","data":"AAAA"},"title":"NEEDLE"}"""),
        Blocks("""{"type":"document","source":{"type":"base64","data":"AAAA"},"context":"NEEDLE"}"""),
        Blocks("""{"type":"image","source":{"type":"base64","media_type":"NEEDLE, no media type","data":"AAAA"}}"""),
        Blocks("""{"type":"search_result","source":"NEEDLE","title":"t","content":[{"type":"text","text":"a"}]}"""),
        Blocks("""{"type":"search_result","source":"s","title":"NEEDLE","content":[{"type":"text","text":"a"}]}"""),
        Blocks("""{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"NEEDLE"}]}"""),
        Blocks("""{"type":"thinking","thinking":"NEEDLE","signature":"s"}"""),
        Blocks("""{"type":"thinking","thinking":"a","signature":"NEEDLE"}"""),
        Blocks("""{"type":"redacted_thinking","data":"NEEDLE"}"""),
        Blocks("""{"type":"tool_use","id":"1","name":"NEEDLE","input":{}}"""),
        Blocks("""{"type":"tool_use","id":"1","name":"f","input":{"a":[{"b":"NEEDLE"}]}}"""),
        Blocks("""{"type":"tool_use","id":"1","name":"f","input":{"NEEDLE":1}}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":"NEEDLE"}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"NEEDLE with a space","content":"a"}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"NEEDLE"}]}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"document","source":{"type":"text","data":"NEEDLE"}}]}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"NEEDLE"}]}}]}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"NEEDLE"}]}]}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"tool_reference","tool_name":"NEEDLE"}]}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"browser_state","tabs":[{"title":"NEEDLE"}]}]}"""),
        Blocks("""{"type":"server_tool_use","id":"1","name":"web_search","input":{"query":"NEEDLE"}}"""),
        Blocks("""{"type":"web_search_tool_result","tool_use_id":"1","content":[{"type":"web_search_result","title":"NEEDLE","url":"u","encrypted_content":"e"}]}"""),
        Blocks("""{"type":"web_search_tool_result","tool_use_id":"1","content":[{"type":"web_search_result","title":"t","url":"u","encrypted_content":"NEEDLE"}]}"""),
        Blocks("""{"type":"web_fetch_tool_result","tool_use_id":"1","content":{"type":"web_fetch_result","url":"u","content":{"type":"document","source":{"type":"text","data":"NEEDLE"}}}}"""),
        Blocks("""{"type":"code_execution_tool_result","tool_use_id":"1","content":{"type":"code_execution_result","stdout":"NEEDLE","stderr":"","return_code":0,"content":[]}}"""),
        Blocks("""{"type":"bash_code_execution_tool_result","tool_use_id":"1","content":{"type":"bash_code_execution_result","stdout":"","stderr":"NEEDLE","return_code":1,"content":[]}}"""),
        Blocks("""{"type":"text_editor_code_execution_tool_result","tool_use_id":"1","content":{"type":"text_editor_code_execution_view_result","file_type":"text","content":"NEEDLE"}}"""),
        Blocks("""{"type":"text_editor_code_execution_tool_result","tool_use_id":"1","content":{"type":"text_editor_code_execution_str_replace_result","lines":["NEE","DLE"]}}"""),
        Blocks("""{"type":"tool_search_tool_result","tool_use_id":"1","content":{"type":"tool_search_tool_search_result","tool_references":[{"type":"tool_reference","tool_name":"NEEDLE"}]}}"""),
        Blocks("""{"type":"mcp_tool_use","id":"1","name":"f","server_name":"NEEDLE","input":{}}"""),
        Blocks("""{"type":"mcp_tool_result","tool_use_id":"1","content":[{"type":"text","text":"NEEDLE"}]}"""),
        Blocks("""{"type":"compaction","content":"NEEDLE"}"""),
        Blocks("""{"type":"text","text":"a","future":{"x":"NEEDLE"}}"""),
        Ask("\"a\"", """, "system":"NEEDLE" """),
        Ask("\"a\"", """, "system":[{"type":"text","text":"NEEDLE"}] """),
        Ask("\"a\"", """, "tools":[{"name":"NEEDLE","input_schema":{}}] """),
        Ask("\"a\"", """, "tools":[{"type":"custom","name":"f","description":"NEEDLE","input_schema":{}}] """),
        Ask("\"a\"", """, "tools":[{"name":"f","input_schema":{"properties":{"NEEDLE":{}}}}] """),
        Ask("\"a\"", """, "tools":[{"name":"f","input_schema":{},"input_examples":[{"a":"NEEDLE"}]}] """),
        Ask("\"a\"", """, "tool_choice":{"type":"tool","name":"NEEDLE"} """),
        Ask("\"a\"", """, "stop_sequences":["NEEDLE"] """),
        Ask("\"a\"", """, "metadata":{"user_id":"NEEDLE in a field of ids"} """),
        Ask("\"a\"", """, "metadata":{"note":"NEEDLE"} """),
        Ask("\"a\"", """, "thinking":{"type":"enabled","note":"NEEDLE"} """),
        Ask("\"a\"", """, "output_config":{"format":{"type":"json_schema","schema":{"description":"NEEDLE"}}} """),
        Ask("\"a\"", """, "context_management":{"edits":[{"type":"compact_20260112","instructions":"NEEDLE"}]} """),
        Ask("\"a\"", """, "vendor_extension":{"a":[{"b":"NEEDLE"}]} """),
        """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"NEEDLE"}]}""",
        """{"model":"m","max_tokens":1,"messages":[{"role":"system","content":"NEEDLE"},{"role":"user","content":"a"}]}""");

    public static TheoryData<string> Malformed => new(
        "",
        "{",
        "[]",
        "null",
        """{"messages":[{"role":"user","content":"a"}]}""",
        """{"model":"","messages":[{"role":"user","content":"a"}]}""",
        """{"model":"m"}""",
        """{"model":"m","messages":[]}""",
        """{"model":"m","messages":{"role":"user","content":"a"}}""",
        """{"model":"m","messages":"a"}""",
        """{"model":"m","messages":["a"]}""",
        """{"model":"m","messages":[{"content":"a"}]}""",
        """{"model":"m","messages":[{"role":"wizard","content":"a"}]}""",
        """{"model":"m","messages":[{"role":"user","content":7}]}""",
        """{"model":"m","messages":[{"role":"user","content":["a"]}]}""",
        """{"model":"m","messages":[{"role":"user","content":[{"text":"a"}]}]}""",
        """{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}""",
        """{"model":"m","messages":[{"role":"user","content":"a","Content":"b"}]}""",
        """{"model":"m","messages":[{"role":"user","content":"\ud800"}]}""",
        Blocks("""{"type":"hologram"}"""),
        Blocks("""{"type":"text","text":5}"""),
        Blocks("""{"type":"document","source":{"type":"tape","data":"a"}}"""),
        Blocks("""{"type":"document","source":{"type":"text","data":["a"]}}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"hologram"}]}"""),
        Blocks("""{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"web_fetch_20250910","name":"web_fetch"}}}"""),
        Ask("\"a\"", """, "system":{"text":"a"} """),
        Ask("\"a\"", """, "system":[{"type":"image"}] """),
        Ask("\"a\"", """, "stream":"true" """),
        Ask("\"a\"", """, "tools":{} """),
        Ask("\"a\"", """, "tools":["web_search"] """),
        Ask("\"a\"", """, "tools":[{"type":1}] """));

    /// <summary>What would carry text past the gate.</summary>
    public static TheoryData<string> Refused => new(
        Ask("\"a\"", """, "mcp_servers":[{"type":"url","name":"s","url":"https://example.com"}] """),
        Ask("\"a\"", """, "container":"container_1" """),
        Ask("\"a\"", """, "container":{"skills":[]} """),
        Ask("\"a\"", """, "thread":{"type":"create"} """),
        Ask("\"a\"", """, "thread":{"type":"continue","previous_message_id":"msg_1"} """),
        Ask("\"a\"", """, "fallbacks":"default" """),
        Ask("\"a\"", """, "fallbacks":[{"model":"m-pro"}] """),
        Ask("\"a\"", """, "tools":[{"type":"mcp_toolset","mcp_server_name":"s"}] """),
        Ask("\"a\"", """, "tools":[{"type":"advisor_20260301","name":"advisor","model":"m-pro"}] """),
        Ask("\"a\"", """, "tools":[{"type":"teleport_20290101","name":"teleport"}] """),
        Blocks("""{"type":"compaction","content":"a","tool_changes":[{"type":"tool_addition"}]}"""));

    public static TheoryData<string> Unreadable => new(
        Blocks("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"""),
        Blocks("""{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}"""),
        Blocks("""{"type":"image","source":{"type":"file","file_id":"file_1"}}"""),
        Blocks("""{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}"""),
        Blocks("""{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}"""),
        Blocks("""{"type":"document","source":{"type":"file","file_id":"file_1"}}"""),
        Blocks("""{"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}"""),
        Blocks("""{"type":"tool_result","tool_use_id":"1","content":[{"type":"document","source":{"type":"base64","data":"AAAA"}}]}"""),
        Blocks("""{"type":"web_fetch_tool_result","tool_use_id":"1","content":{"type":"web_fetch_result","url":"u","content":{"type":"document","source":{"type":"base64","data":"AAAA"}}}}"""),
        Blocks("""{"type":"container_upload","file_id":"file_1"}"""),
        Ask("\"a\"", """, "tools":[{"type":"web_fetch_20260318","name":"web_fetch"}] """));

    [Theory]
    [MemberData(nameof(TextPlaces))]
    public void Everything_that_the_model_reads_is_judged(string body)
    {
        foreach (var prompt in new[] { Read(body).Prompt, Count(body).Prompt })
        {
            Assert.NotNull(prompt);
            Assert.Contains(prompt.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    [MemberData(nameof(Refused))]
    public void What_is_not_the_dialect_and_what_goes_round_the_gate_is_a_400(string body)
    {
        foreach (var reading in new[] { Read(body), Count(body) })
        {
            Assert.True(reading.Prompt is null, $"{body} was read");
            Assert.Equal((400, "invalid_request_error"), (reading.Error!.Status, reading.Error.Type));
        }
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void What_nobody_can_read_is_unclassified(string body)
    {
        Assert.True(Read(body).Prompt!.HasUnclassified);
        Assert.True(Count(body).Prompt!.HasUnclassified);
    }

    [Theory]
    [InlineData("bash_20250124")]
    [InlineData("text_editor_20250728")]
    [InlineData("computer_20251124")]
    [InlineData("memory_20250818")]
    [InlineData("web_search_20260318")]
    [InlineData("code_execution_20260521")]
    [InlineData("tool_search_tool_regex_20251119")]
    [InlineData("custom")]
    public void Tools_that_the_client_runs_or_that_answer_into_the_message_are_accepted(string type)
    {
        var prompt = Read(Ask("\"a\"", $$""", "tools":[{"type":"{{type}}","name":"f"}], "mcp_servers":null, "container":null """)).Prompt!;

        Assert.False(prompt.HasUnclassified);
    }

    [Fact]
    public void The_letters_of_a_picture_are_not_judged_as_text() =>
        Assert.Equal(["a"], Read("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}}]}]}""").Prompt!.Texts.ToArray());

    [Fact]
    public void A_phrase_that_is_split_over_blocks_or_messages_is_one_text()
    {
        var blocks = Read(Blocks("""{"type":"text","text":"NEE"},{"type":"text","text":"DLE"}""")).Prompt!;
        var messages = Read("""{"model":"m","messages":[{"role":"user","content":"NEE"},{"role":"assistant","content":"DLE"}]}""").Prompt!;

        Assert.Contains("NEEDLE", blocks.Texts);
        Assert.Contains("NEEDLE", messages.Texts);
    }

    [Fact]
    public void The_forwarded_bytes_are_the_bytes_that_were_read()
    {
        var body = Encoding.UTF8.GetBytes(Ask("\"a\"", """, "stream" : true, "future_field": {"x": 1} """));

        var prompt = Dialect.ReadPrompt(default, body, Limits).Prompt!;

        Assert.Equal(body, prompt.Body.ToArray());
        Assert.Equal((Framing.Sse, 1, "m"), (prompt.Framing, prompt.Choices, prompt.Model));
    }

    [Fact]
    public void A_count_is_never_a_stream() => Assert.Equal(Framing.Json, Count(Ask("\"a\"", """, "stream":true """)).Prompt!.Framing);

    [Theory]
    [InlineData("anthropic.messages", "END")]
    [InlineData("anthropic.count_tokens")]
    public void An_ordinary_request_has_no_text_but_its_content(string name, params string[] stops)
    {
        var prompt = Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(ConventionTests.ReadDocument($"tests/Fixtures/{name}/request.json")), Limits).Prompt!;

        string[] expected =
        [
            "You answer questions about gardens.", "Which bed needs water?", "Notes of this week: the herbs were dry on Monday.", "Garden notes",
            "Written by the gardener.", "The herbs may be dry. I look at the sensor.", "EqQBCgIYAhIM", "read_sensor", "bed\nherbs\nunit\npercent",
            "The soil of the herbs holds 12 percent of water.", "The bed that needs water is",
            "read_sensor\nReads how wet the soil of a bed is.\nbed\nunit\npercent\nbed",
            .. stops,
        ];
        Assert.False(prompt.HasUnclassified);

        // The channels stand first; behind them stands what they are together.
        Assert.Equal(expected.Order(StringComparer.Ordinal), prompt.Texts.Take(expected.Length).Order(StringComparer.Ordinal));
    }

    private static PromptReading Read(string body) => Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);

    private static PromptReading Count(string body) => new CountTokensDialect(Dialect).ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);

    private static string Ask(string content, string extra = "") =>
        $$"""{"model":"m","max_tokens":16,"messages":[{"role":"user","content":{{content}}}]{{extra}}}""";

    private static string Blocks(string blocks) => Ask($"[{blocks}]");
}
