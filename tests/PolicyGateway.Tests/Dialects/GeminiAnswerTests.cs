using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.Gemini;

namespace PolicyGateway.Tests.Dialects;

public sealed class GeminiAnswerTests
{
    private const string End = """{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}""";

    private static readonly GeminiDialect Dialect = new(streams: true);

    public static TheoryData<string> Places => new(
        Part("""{"text":"NEEDLE"}"""),
        Part("""{"text":"NEEDLE","thought":true}"""),
        Part("""{"text":"NEE"},{"text":"DLE"}"""),
        Part("""{"text":"NEE"},{"text":"hm","thought":true},{"text":"DLE"}"""),
        Part("""{"thought":true,"text":"NEE"},{"text":"hm"},{"text":"DLE","thought":true}"""),
        Part("""{"text":"a","thoughtSignature":"NEEDLE"}"""),
        Part("""{"functionCall":{"name":"NEEDLE","args":{}}}"""),
        Part("""{"functionCall":{"name":"f","args":{"a":[{"b":"NEEDLE"}]}}}"""),
        Part("""{"functionCall":{"name":"f","args":{"NEEDLE":true}}}"""),
        Part("""{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a","stringValue":"NEE"},{"jsonPath":"$.a","stringValue":"DLE"}]}}"""),
        Part("""{"functionResponse":{"name":"f","response":{"output":"NEEDLE"}}}"""),
        Part("""{"executableCode":{"language":"PYTHON","code":"NEEDLE"}}"""),
        Part("""{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"NEEDLE"}}"""),
        Part("""{"executableCode":{"language":"NEEDLE","code":"a"}}"""),
        Part("""{"toolCall":{"args":{"q":"NEEDLE"}}}"""),
        Part("""{"toolResponse":{"response":{"q":"NEEDLE"}}}"""),
        Part("""{"audioTranscription":{"text":"NEEDLE"}}"""),
        Part("""{"future":"NEEDLE"}"""),
        Part("""{"NEEDLE":1}"""),
        """{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"NEEDLE"}]},"finishReason":"STOP"}]}""",
        """{"candidates":[{"content":{"parts":[{"text":"NEE"}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"DLE"}]},"finishReason":"STOP"}]}""",
        Beside("""finishMessage":"NEEDLE"""),
        Beside("""citationMetadata":{"citations":[{"uri":"https://NEEDLE"}]},"x":"y"""),
        Beside("""groundingMetadata":{"groundingSupports":[{"segment":{"text":"NEEDLE"}}],"webSearchQueries":["a"]},"x":"y"""),
        Beside("""groundingMetadata":{"webSearchQueries":["NEEDLE"]},"x":"y"""),
        Beside("""groundingMetadata":{"searchEntryPoint":{"renderedContent":"NEEDLE"}},"x":"y"""),
        Beside("""urlContextMetadata":{"urlMetadata":[{"retrievedUrl":"https://NEEDLE"}]},"x":"y"""),
        Beside("""logprobsResult":{"chosenCandidates":[{"token":"NEE"},{"token":"DLE"}]},"x":"y"""),
        Beside("""logprobsResult":{"topCandidates":[{"candidates":[{"token":"q"},{"token":"NEE"}]},{"candidates":[{"token":"q"},{"token":"DLE"}]}]},"x":"y"""),
        Beside("""safetyRatings":[{"category":"NEEDLE"}],"x":"y"""),
        Beside("""continuationToken":"NEEDLE"""),
        """{"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"NEEDLE"}}""",
        """{"promptFeedback":{"blockReason":"NEEDLE"}}""",
        End[..^1] + ""","usageMetadata":{"promptTokensDetails":[{"modality":"NEEDLE"}]}}""",
        End[..^1] + ""","usageMetadata":{"NEEDLE":1}}""",
        End[..^1] + ""","responseId":"NEEDLE in a field of ids"}""",
        End[..^1] + ""","modelVersion":"NEEDLE in a field of ids"}""",
        End[..^1] + ""","modelStatus":{"message":"NEEDLE"}}""",
        End[..^1] + ""","future":{"a":"NEEDLE"}}""");

    public static TheoryData<string, string> SplitFrames => new()
    {
        { """{"candidates":[{"content":{"parts":[{"text":"NEE"}]}}]}""", """{"candidates":[{"content":{"parts":[{"text":"DLE"}]},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"content":{"parts":[{"text":"a","thought":true},{"text":"NEE"}]}}]}""", """{"candidates":[{"content":{"parts":[{"text":"DLE"}]},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"content":{"parts":[{"text":"NEE","thought":true}]}}]}""", """{"candidates":[{"content":{"parts":[{"text":"DLE"}]},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"content":{"parts":[{"text":"NEE"}]}}]}""", """{"candidates":[{"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"DLE"}]},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"index":1,"content":{"parts":[{"text":"NEE"}]}}]}""", """{"candidates":[{"content":{"parts":[{"text":"y"}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"DLE"}]},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"stringValue":"NEE"}]}}]}}]}""", """{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"stringValue":"DLE"}]}}]},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"content":{"parts":[{"x":"NEE"}]}}]}""", """{"candidates":[{"content":{"parts":[{"x":"DLE"}]},"finishReason":"STOP"}]}""" },
        { """{"responseId":"NEE"}""", """{"responseId":"DLE","candidates":[{"finishReason":"STOP"}]}""" },
        { """{"modelVersion":"NEE"}""", """{"modelVersion":"DLE","candidates":[{"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"content":{"role":"NEE"}}]}""", """{"candidates":[{"content":{"role":"DLE"},"finishReason":"STOP"}]}""" },
        { """{"candidates":[{"logprobsResult":{"chosenCandidates":[{"token":"NEE"}]}}]}""", """{"candidates":[{"logprobsResult":{"chosenCandidates":[{"token":"DLE"}]},"finishReason":"STOP"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Everything_that_a_client_can_read_of_an_answer_is_judged(string body)
    {
        AssertNeedle(Read(body, Framing.Json));
        AssertNeedle(Read($"data: {body}\r\n\r\n", Framing.Sse));
        AssertNeedle(Read($"[{body}]", Framing.JsonArray));
    }

    [Theory]
    [MemberData(nameof(SplitFrames))]
    public void Text_that_is_split_over_two_frames_is_judged_as_one(string first, string second)
    {
        AssertNeedle(Read($"data: {first}\n\ndata: {second}\n\n", Framing.Sse));
        AssertNeedle(Read($"[{first}\r\n,\r\n{second}\r\n]", Framing.JsonArray));
    }

    [Theory]
    [InlineData(": NEEDLE\n\n")]
    [InlineData("event: NEEDLE\ndata: " + End + "\n\n")]
    [InlineData("id: NEEDLE\n\n")]
    public void Lines_beside_the_data_are_judged(string line) => AssertNeedle(Read($"data: {End}\n\n{line}", Framing.Sse));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"candidates":[]}""")]
    [InlineData("""{"candidates":{}}""")]
    [InlineData("""{"candidates":["a"]}""")]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}""")]
    [InlineData("""{"candidates":[{"finishReason":""}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"STOP"},{"index":1}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"STOP","finish_reason":"STOP"}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"STOP","content":{"parts":[{"text":"a","text":"b"}]}}]}""")]
    [InlineData("""{"candidates":[{"finishReason":"STOP","content":{"parts":[{"text":"\ud800"}]}}]}""")]
    [InlineData("""{"promptFeedback":{"blockReason":"SAFETY"},"candidates":[{"content":{}}]}""")]
    [InlineData("""{"error":{"code":500,"message":"a"}}""")]
    public void An_answer_that_is_not_whole_is_a_fault(string body)
    {
        Assert.NotNull(Read(body, Framing.Json).Fault);
        Assert.NotNull(Read($"data: {body}\n\n", Framing.Sse).Fault);
        Assert.NotNull(Read($"[{body}]", Framing.JsonArray).Fault);
    }

    [Theory]
    [InlineData("[" + End)]
    [InlineData("[" + End + ",")]
    [InlineData("[" + End + End + "]")]
    [InlineData("[" + End + "]]")]
    [InlineData("[" + End + "]," + End)]
    [InlineData("[[" + End + "]]")]
    [InlineData(End)]
    [InlineData("," + End + "]")]
    [InlineData("[" + End + ",7]")]
    public void A_stream_that_is_no_whole_array_is_a_fault(string body) => Assert.NotNull(Read(body, Framing.JsonArray).Fault);

    [Fact]
    public void A_prompt_that_the_backend_refused_is_a_whole_answer() =>
        Assert.Null(Read("""{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":1}}""", Framing.Json).Fault);

    [Theory]
    [InlineData("inlineData")]
    [InlineData("inline_data")]
    [InlineData("fileData")]
    public void A_picture_in_an_answer_is_unclassified(string field) =>
        Assert.True(Read(Part("{\"" + field + "\":{\"mimeType\":\"image/png\"}}"), Framing.Json).HasUnclassified);

    [Theory]
    [InlineData(End, false)]
    [InlineData("""{"candidates":[{"finishReason":"STOP","content":{"parts":[{"hologram":"a"}]}}]}""", true)]
    [InlineData("""{"candidates":[{"finishReason":"NEW_REASON"}]}""", true)]
    public void What_the_dialect_does_not_know_is_told(string body, bool isUnknown) =>
        Assert.Equal(isUnknown, Dialect.Read(Encoding.UTF8.GetBytes(body), Framing.Json).HasUnknown);

    [Theory]
    [InlineData("answer.json", Framing.Json)]
    [InlineData("stream.txt", Framing.Sse)]
    [InlineData("stream-array.txt", Framing.JsonArray)]
    internal void An_ordinary_answer_has_no_text_but_its_content(string file, Framing framing)
    {
        var reader = Dialect.Read(Encoding.UTF8.GetBytes(ConventionTests.ReadDocument("tests/Fixtures/gemini.generate_content/" + file)), framing);
        var answer = reader.Finish();

        Assert.Null(answer.Fault);
        Assert.False(reader.HasUnknown);
        Assert.Equal("Three hours are a good start.\nA loaf rises for about three hours, which is 180 minutes.", answer.Whole);
        Assert.Equal("aB3dEfGhIjKlMnOp", reader.Tail.Id);
        Assert.Equal(new TokenUsage(42, 29), reader.Usage);
    }

    private static void AssertNeedle(Completion answer)
    {
        Assert.Null(answer.Fault);
        Assert.Contains(answer.Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    private static string Part(string parts) => $$"""{"candidates":[{"content":{"role":"model","parts":[{{parts}}]},"finishReason":"STOP","index":0}]}""";

    private static string Beside(string member) => $$"""{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","{{member}}"}]}""";

    private static Completion Read(string body, Framing framing) => Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), framing);
}
