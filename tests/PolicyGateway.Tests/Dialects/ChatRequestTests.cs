using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.OpenAIChat;

namespace PolicyGateway.Tests.Dialects;

public sealed class ChatRequestTests
{
    private static readonly ChatDialect Dialect = new();
    private static readonly RequestLimits Limits = new(64, 8);

    public static TheoryData<string> TextPlaces => new(
        """{"model":"m","messages":[{"role":"user","content":"NEEDLE"}]}""",
        """{"model":"m","messages":[{"role":"system","content":"NEEDLE"},{"role":"user","content":"hi"}]}""",
        """{"model":"m","messages":[{"role":"developer","content":"NEEDLE"}]}""",
        """{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"NEEDLE"}]}]}""",
        """{"model":"m","messages":[{"role":"assistant","content":[{"type":"refusal","refusal":"NEEDLE"}]}]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi","name":"NEEDLE"}]}""",
        """{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"q\":\"NEEDLE\"}"}}]}]}""",
        """{"model":"m","messages":[{"role":"assistant","function_call":{"name":"NEEDLE","arguments":"{}"}}]}""",
        """{"model":"m","messages":[{"role":"assistant","reasoning_content":"NEEDLE","content":"hi"}]}""",
        """{"model":"m","messages":[{"role":"tool","tool_call_id":"1","content":"NEEDLE"}]}""",
        """{"model":"m","messages":[{"role":"tool","tool_call_id":"NEEDLE with a space","content":"x"}]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi","content_blocks":[{"text":"NEEDLE"}]}]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","description":"NEEDLE","parameters":{}}}]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"NEEDLE":{"type":"string"}}}}}]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"description":"NEEDLE"}}}}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"prediction":{"type":"content","content":"NEEDLE"}}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"metadata":{"k":"NEEDLE"}}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":["NEEDLE"]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"user":"NEEDLE in a field of ids"}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"vendor_extension":{"a":[{"b":"NEEDLE"}]}}""",
        """{"model":"m","messages":[{"role":"user","content":"\u004eEEDLE"}]}""");

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "not JSON" },
        { "   ", "not JSON" },
        { "{", "truncated" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]} {}", "two values" },
        { "[]", "an array" },
        { "null", "null" },
        { "\"text\"", "a string" },
        { "\uFEFF{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "a byte order mark" },
        { "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "no model" },
        { "{\"model\":1,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "a model that is a number" },
        { "{\"model\":\"\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "an empty model" },
        { "{\"model\":\"m\"}", "no messages" },
        { "{\"model\":\"m\",\"messages\":[]}", "empty messages" },
        { "{\"model\":\"m\",\"messages\":{}}", "messages that are an object" },
        { "{\"model\":\"m\",\"messages\":[\"a\"]}", "a message that is a string" },
        { "{\"model\":\"m\",\"messages\":[{\"content\":\"a\"}]}", "no role" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"wizard\",\"content\":\"a\"}]}", "an unknown role" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":7}]}", "content that is a number" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[\"a\"]}]}", "a part that is a string" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"hologram\"}]}]}", "an unknown part" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":5}]}]}", "a text part without text" },
        { "{\"model\":\"m\",\"model\":\"n\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "a key twice" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"content\":\"b\"}]}", "a nested key twice" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"c\\u006fntent\":\"b\"}]}", "a key twice, once escaped" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"}]}", "a lone surrogate" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"x\":{\"\\ud800\":1}}", "a lone surrogate in a key" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":0}", "n of 0" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":10000}", "n of 10,000" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":1.5}", "n of 1.5" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":\"2\"}", "n as a string" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"stream\":\"true\"}", "stream as a string" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"modalities\":[\"text\",\"audio\"]}", "audio asked for" },
        { """{"model":"m","messages":[{"role":"user","content":"a"}],"chat_template":"{{ messages[0]['content'][0] }}"}""", "a template" },
        { """{"model":"m","messages":[{"role":"user","content":"a"}],"kv_transfer_params":{"remote_host":"203.0.113.5"}}""", "a cache elsewhere" },
        { """{"model":"m","messages":[{"role":"user","content":"a"}],"session_params":{"id":"s1"}}""", "a session" },
        { """{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"code_interpreter","container":{"network_policy":{"type":"allowlist"}}}]}""", "a tool with a network" },
        { "{\"model\":\"m\",/* c */\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}", "a comment" },
        { "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],}", "a trailing comma" },
        { "{\"model\":\"m\",\"messages\":" + new string('[', 100) + new string(']', 100) + "}", "deep nesting" },
    };

    [Theory]
    [MemberData(nameof(TextPlaces))]
    public void Everything_that_the_model_reads_is_judged(string body)
    {
        var prompt = Read(body).Prompt;

        Assert.NotNull(prompt);
        Assert.Contains(prompt.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
        Assert.Contains("NEEDLE", prompt.Whole, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_not_the_dialect_is_a_400(string body, string what)
    {
        var reading = Read(body);

        Assert.True(reading.Prompt is null, $"{what} was read");
        Assert.Equal(400, reading.Error!.Status);
        Assert.Equal("invalid_request_error", reading.Error.Type);
    }

    [Fact]
    public void Invalid_utf8_is_a_400()
    {
        byte[] body = [.. "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8];

        Assert.Equal(400, Dialect.ReadPrompt(default, body, Limits).Error!.Status);
    }

    [Fact]
    public void An_error_never_quotes_the_body()
    {
        var error = Read("{\"model\":\"m\",\"SECRET-NEEDLE\":").Error!;

        Assert.DoesNotContain("NEEDLE", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}""")]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}""")]
    [InlineData("""{"type":"file","file":{"file_id":"f-1"}}""")]
    public void What_nobody_can_read_is_unclassified(string part)
    {
        var prompt = Read($$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"what is it"},{{part}}]}]}""").Prompt!;

        Assert.True(prompt.HasUnclassified);
    }

    [Fact]
    public void An_unknown_array_of_numbers_may_spell_a_text_and_is_unclassified()
    {
        var numbers = string.Join(',', Enumerable.Range(100, 40));

        Assert.True(Read($$"""{"model":"m","messages":[{"role":"user","content":"a"}],"prompt_token_ids":[{{numbers}}]}""").Prompt!.HasUnclassified);
    }

    [Fact]
    public void A_phrase_that_is_split_over_parts_is_one_text()
    {
        var prompt = Read("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"NEE"},{"type":"text","text":"DLE"}]}]}""").Prompt!;

        Assert.Contains("NEEDLE", prompt.Texts);
        Assert.Contains("NEE", prompt.Texts);
    }

    [Fact]
    public void A_phrase_that_is_split_over_messages_is_one_text()
    {
        var prompt = Read("""{"model":"m","messages":[{"role":"user","content":"NEE"},{"role":"user","content":"DLE"}]}""").Prompt!;

        Assert.Contains(prompt.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Fact]
    public void The_forwarded_bytes_are_the_bytes_that_were_read()
    {
        var body = Encoding.UTF8.GetBytes("""{ "model":"m", "messages":[{"role":"user","content":"a"}], "future_field": {"x": 1}, "stream": true, "n": 2 }""");

        var prompt = Dialect.ReadPrompt(default, body, Limits).Prompt!;

        Assert.Equal(body, prompt.Body.ToArray());
        Assert.True(prompt.IsStream);
        Assert.Equal(2, prompt.Choices);
    }

    [Fact]
    public void A_prompt_does_not_print_its_text() =>
        Assert.DoesNotContain("NEEDLE", Read("""{"model":"m","messages":[{"role":"user","content":"NEEDLE"}]}""").Prompt!.ToString(), StringComparison.Ordinal);

    private static PromptReading Read(string body) => Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);
}
