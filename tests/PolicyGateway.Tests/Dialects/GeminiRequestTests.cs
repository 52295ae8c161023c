using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.Gemini;

namespace PolicyGateway.Tests.Dialects;

public sealed class GeminiRequestTests
{
    private const string Ask = """ "contents":[{"role":"user","parts":[{"text":"hi"}]}] """;

    private static readonly GeminiDialect Dialect = new(streams: false);
    private static readonly RequestLimits Limits = new(64, 8);
    private static readonly RequestHead Head = new("m");

    public static TheoryData<string> TextPlaces => new(
        Parts("""{"text":"NEEDLE"}"""),
        Parts("""{"thought":true,"text":"NEEDLE"}"""),
        Parts("""{"functionCall":{"name":"NEEDLE","args":{}}}"""),
        Parts("""{"functionCall":{"name":"f","args":{"q":["NEEDLE"]}}}"""),
        Parts("""{"functionCall":{"name":"f","args":{"NEEDLE":1}}}"""),
        Parts("""{"function_call":{"name":"f","args":{"q":"NEEDLE"}}}"""),
        Parts("""{"functionResponse":{"name":"NEEDLE","response":{}}}"""),
        Parts("""{"functionResponse":{"name":"f","response":{"output":"NEEDLE"}}}"""),
        Parts("""{"function_response":{"name":"f","response":{"output":"NEEDLE"}}}"""),
        Parts("""{"executableCode":{"language":"PYTHON","code":"NEEDLE"}}"""),
        Parts("""{"executable_code":{"language":"PYTHON","code":"NEEDLE"}}"""),
        Parts("""{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"NEEDLE"}}"""),
        Parts("""{"code_execution_result":{"outcome":"OUTCOME_OK","output":"NEEDLE"}}"""),
        Parts("""{"text":"a","thoughtSignature":"NEEDLE"}"""),
        Parts("""{"text":"a","thought_signature":"NEEDLE"}"""),
        Parts("""{"text":"a","partMetadata":{"k":"NEEDLE"}}"""),
        Parts("""{"text":"a","future":{"k":"NEEDLE"}}"""),
        Parts("""{"functionCall":{"name":"f","id":"NEEDLE with a space"}}"""),
        """{"contents":[{"parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"NEEDLE"}]}]}""",
        """{"contents":[{"parts":{"text":"NEEDLE"}}]}""",
        """{"contents":{"parts":{"text":"NEEDLE"}}}""",
        """{"contents":{"role":"user","parts":[{"text":"NEEDLE"}]}}""",
        """{"contents":[{"parts":[{"text":"\u004eEEDLE"}]}]}""",
        With(""" "systemInstruction":{"parts":[{"text":"NEEDLE"}]} """),
        With(""" "system_instruction":{"parts":{"text":"NEEDLE"}} """),
        With(""" "system\u0049nstruction":{"parts":{"text":"NEEDLE"}} """),
        With(""" "tools":[{"functionDeclarations":[{"name":"NEEDLE"}]}] """),
        With(""" "tools":[{"functionDeclarations":[{"name":"f","description":"NEEDLE"}]}] """),
        With(""" "tools":[{"function_declarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"NEEDLE":{"type":"STRING"}}}}]}] """),
        With(""" "tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"description":"NEEDLE"}}]}] """),
        With(""" "tools":[{"functionDeclarations":[{"name":"f","response":{"description":"NEEDLE"}}]}] """),
        With(""" "tools":[{"googleSearch":{"excludeDomains":["NEEDLE"]}}] """),
        With(""" "tools":[{"futureTool":{"x":"NEEDLE"}}] """),
        With(""" "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["NEEDLE"]}} """),
        With(""" "tool_config":{"function_calling_config":{"mode":"ANY","allowed_function_names":["NEEDLE"]}} """),
        With(""" "generationConfig":{"stopSequences":["NEEDLE"]} """),
        With(""" "generation_config":{"stop_sequences":["NEEDLE"]} """),
        With(""" "generationConfig":{"responseSchema":{"description":"NEEDLE"}} """),
        With(""" "generationConfig":{"responseJsonSchema":{"description":"NEEDLE"}} """),
        With(""" "generationConfig":{"_responseJsonSchema":{"description":"NEEDLE"}} """),
        With(""" "generationConfig":{"speechConfig":{"voice":"NEEDLE"}} """),
        With(""" "generationConfig":{"future":"NEEDLE"} """),
        With(""" "generationConfig":{"seed":"NEEDLE"} """),
        With(""" "safetySettings":[{"category":"NEEDLE in a field of ids"}] """),
        With(""" "labels":{"k":"NEEDLE"} """),
        With(""" "vendor":{"a":[{"b":"NEEDLE"}]} """));

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "not JSON" },
        { "[]", "an array" },
        { "{}", "no contents" },
        { """{"contents":[]}""", "empty contents" },
        { """{"contents":"hi"}""", "contents that are a string" },
        { """{"contents":["hi"]}""", "a content that is a string" },
        { """{"contents":[{"role":"wizard","parts":[{"text":"a"}]}]}""", "an unknown role" },
        { """{"contents":[{"parts":"hi"}]}""", "parts that are a string" },
        { """{"contents":[{"parts":["hi"]}]}""", "a part that is a string" },
        { """{"contents":[{"parts":[{"text":7}]}]}""", "a text that is a number" },
        { """{"contents":[{"parts":[{"text":["a"]}]}]}""", "a text that is an array" },
        { """{"contents":[{"parts":[{"Text":"a"}]}]}""", "a key that differs in case" },
        { """{"contents":[{"parts":[{"text":"a"}]}],"systemInstruction":"a"}""", "a system instruction that is a string" },
        { """{"contents":[{"parts":[{"text":"a"}]}],"system_Instruction":{}}""", "a mixed spelling" },
        { With(""" "systemInstruction":{"parts":[{"text":"a"}]},"system_instruction":{"parts":[{"text":"b"}]} """), "both spellings" },
        { With(""" "system_instruction":null,"systemInstruction":{"parts":[{"text":"a"}]} """), "both spellings, one null" },
        { Parts("""{"inlineData":{},"inline_data":{}}"""), "both spellings of a part's field" },
        { With(""" "generationConfig":{"candidateCount":1,"candidate_count":9} """), "both spellings of a count" },
        { With(""" "generationConfig":{},"generation_config":{"candidateCount":9} """), "both spellings of the config" },
        { With(""" "generationConfig":{"candidateCount":9} """), "too many candidates" },
        { With(""" "generation_config":{"candidate_count":9} """), "too many candidates in the other spelling" },
        { With(""" "generationConfig":{"candidateCount":"2"} """), "a count that is a string" },
        { With(""" "generationConfig":{"candidateCount":0} """), "no candidates" },
        { With(""" "generationConfig":{"responseModalities":["TEXT","IMAGE"]} """), "images asked for" },
        { With(""" "generation_config":{"response_modalities":["AUDIO"]} """), "audio asked for" },
        { With(""" "generationConfig":{"responseFormat":[{"image":{}}]} """), "an image format" },
        { With(""" "generationConfig":{"routingConfig":{"manualMode":{"modelName":"m-pro"}}} """), "a model in the routing" },
        { With(""" "generationConfig":{"modelSelectionConfig":{}} """), "a model selection" },
        { With(""" "cachedContent":"cachedContents/1" """), "cached text" },
        { With(""" "cached_content":"cachedContents/1" """), "cached text in the other spelling" },
        { With(""" "continuationToken":"t" """), "a continuation" },
        { With(""" "generationOutputConfig":{"outputUriPrefix":"gs://b"} """), "an answer that is written elsewhere" },
        { With(""" "store":true """), "a stored answer" },
        { With(""" "model":"m-pro" """), "a model that is not the one in the path" },
        { With(""" "model":7 """), "a model that is a number" },
        { """{"contents":[{"parts":[{"text":"a","text":"b"}]}]}""", "a key twice" },
        { """{"contents":[{"parts":[{"text":"\ud800"}]}]}""", "a lone surrogate" },
        { "{\"contents\":" + new string('[', 100) + new string(']', 100) + "}", "deep nesting" },
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
    public void What_is_not_the_dialect_is_a_400(string body, string what)
    {
        var reading = Read(body);

        Assert.True(reading.Prompt is null, $"{what} was read");
        Assert.Equal(400, reading.Error!.Status);
    }

    [Theory]
    [InlineData("""{"inlineData":{"mimeType":"image/png","data":"AAAA"}}""")]
    [InlineData("""{"inline_data":{"mime_type":"image/png","data":"AAAA"}}""")]
    [InlineData("""{"fileData":{"fileUri":"gs://b/f"}}""")]
    [InlineData("""{"file_data":{"file_uri":"gs://b/f"}}""")]
    [InlineData("""{"functionResponse":{"name":"f","parts":[{"inlineData":{"data":"AAAA"}}]}}""")]
    public void What_nobody_can_read_is_unclassified(string part) => Assert.True(Read(Parts(part)).Prompt!.HasUnclassified);

    [Theory]
    [InlineData("""{"retrieval":{"vertexRagStore":{}}}""")]
    [InlineData("""{"file_search":{"fileSearchStoreNames":["fileSearchStores/1"]}}""")]
    [InlineData("""{"urlContext":{}}""")]
    public void Text_that_a_tool_finds_elsewhere_is_unclassified(string tool) =>
        Assert.True(Read(With($$""" "tools":[{{tool}}] """)).Prompt!.HasUnclassified);

    [Theory]
    [InlineData("""{"mcpServers":[{"name":"s"}]}""")]
    [InlineData("""{"mcp_servers":[{"name":"s"}]}""")]
    public void A_tool_that_sends_text_elsewhere_is_refused(string tool) => Assert.Equal(400, Read(With($$""" "tools":[{{tool}}] """)).Error?.Status);

    [Theory]
    [InlineData("m")]
    [InlineData("models/m")]
    public void A_body_may_repeat_the_model_of_the_path(string model) =>
        Assert.Equal("m", Read(With($""" "model":"{model}" """)).Prompt!.Model);

    [Theory]
    [InlineData(false, null, Framing.Json)]
    [InlineData(true, null, Framing.JsonArray)]
    [InlineData(true, "sse", Framing.Sse)]
    internal void The_path_and_alt_say_how_the_answer_is_cut(bool streams, string? alt, Framing framing) =>
        Assert.Equal(framing, Read(streams, alt).Prompt!.Framing);

    [Theory]
    [InlineData(false, "sse")]
    [InlineData(false, "proto")]
    [InlineData(true, "media")]
    [InlineData(true, "SSE")]
    [InlineData(true, "sse,json")]
    [InlineData(true, "")]
    public void Any_other_alt_is_refused(bool streams, string alt) => Assert.Equal("alt", Read(streams, alt).Error!.Param);

    [Fact]
    public void A_path_without_a_model_is_refused() =>
        Assert.NotNull(Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes("{" + Ask + "}"), Limits).Error);

    [Fact]
    public void A_phrase_that_is_split_over_parts_or_contents_is_one_text()
    {
        Assert.Contains(Read(Parts("""{"text":"NEE"},{"text":"DLE"}""")).Prompt!.Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
        Assert.Contains(
            Read("""{"contents":[{"parts":[{"text":"NEE"}]},{"parts":[{"text":"DLE"}]}]}""").Prompt!.Texts,
            static text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Fact]
    public void An_ordinary_request_has_no_text_but_what_the_model_reads()
    {
        var prompt = Read(ConventionTests.ReadDocument("tests/Fixtures/gemini.generate_content/request.json")).Prompt!;

        Assert.False(prompt.HasUnclassified);
        Assert.Equal(
            """
            You answer questions about bread.
            How long does a loaf rise?
            I look at the clock first.
            look_up_recipe
            loaf
            rye
            CpcBAVSoXO4x
            look_up_recipe
            hours
            note
            Longer when it is cold.
            print(3 * 60)
            180
            And in minutes?
            look_up_recipe
            Finds a recipe by the kind of loaf.
            loaf
            The kind of loaf.
            loaf
            END OF ANSWER
            team
            bakery
            """.ReplaceLineEndings("\n"), prompt.Whole);
    }

    private static string Parts(string parts) => $$"""{"contents":[{"role":"user","parts":[{{parts}}]}]}""";

    private static string With(string members) => $$"""{"contents":[{"role":"user","parts":[{"text":"hi"}]}],{{members}}}""";

    private static PromptReading Read(string body) => Dialect.ReadPrompt(Head, Encoding.UTF8.GetBytes(body), Limits);

    private static PromptReading Read(bool streams, string? alt) =>
        new GeminiDialect(streams).ReadPrompt(Head with { Alt = alt }, Encoding.UTF8.GetBytes("{" + Ask + "}"), Limits);
}
