using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAICompletions;

namespace PolicyGateway.Tests.Dialects;

public sealed class CompletionsTests
{
    private static readonly CompletionsDialect Dialect = new();
    private static readonly RequestLimits Limits = new(64, 8);
    private static readonly string Last = Chunk(""" "index":0,"text":"x","finish_reason":"stop" """);

    public static TheoryData<string> TextPlaces => new(
        """{"model":"m","prompt":"NEEDLE"}""",
        """{"model":"m","prompt":["a","NEEDLE"]}""",
        """{"model":"m","prompt":["NEE","DLE"]}""",
        """{"model":"m","prompt":"a","suffix":"NEEDLE"}""",
        """{"model":"m","prompt":"a","stop":["NEEDLE"]}""",
        """{"model":"m","prompt":"a","user":"NEEDLE in a field of ids"}""",
        """{"model":"m","prompt":"a","response_format":{"schema":{"description":"NEEDLE"}}}""",
        """{"model":"m","prompt":"a","guided_regex":"NEEDLE"}""");

    public static TheoryData<string> Malformed => new(
        "",
        "[]",
        """{"model":"m"}""",
        """{"prompt":"a"}""",
        """{"model":"m","prompt":null}""",
        """{"model":"m","prompt":7}""",
        """{"model":"m","prompt":true}""",
        """{"model":"m","prompt":{}}""",
        """{"model":"m","prompt":[]}""",
        """{"model":"m","prompt":[[]]}""",
        """{"model":"m","prompt":["a",7]}""",
        """{"model":"m","prompt":[7,"a"]}""",
        """{"model":"m","prompt":["a",["b"]]}""",
        """{"model":"m","prompt":[[1],["b"]]}""",
        """{"model":"m","prompt":[1.5]}""",
        """{"model":"m","prompt":[true]}""",
        """{"model":"m","prompt":[{"text":"a"}]}""",
        """{"model":"m","prompt":"a","n":9}""",
        """{"model":"m","prompt":"a","best_of":100}""",
        """{"model":"m","prompt":["a","b","c"],"n":3}""",
        """{"model":"m","prompt":"a","stream":1}""",
        """{"model":"m","prompt":"a","Prompt":"b"}""");

    public static TheoryData<string> StreamPlaces => new(
        Chunk(""" "index":0,"text":"NEE" """) + Chunk(""" "index":0,"text":"DLE","finish_reason":"stop" """),
        Chunk(""" "index":0,"text":"NEE","finish_reason":"stop" """) + Chunk(""" "index":1,"text":"DLE","finish_reason":"stop" """),
        Chunk(""" "index":0,"text":"x","logprobs":{"tokens":["NEE"]} """) + Chunk(""" "index":0,"text":"x","logprobs":{"tokens":["DLE"]},"finish_reason":"stop" """),
        Chunk(""" "index":0,"text":"x","logprobs":{"top_logprobs":[{"q":-1,"NEE":-2}]} """) + Chunk(""" "index":0,"text":"x","logprobs":{"top_logprobs":[{"q":-1,"DLE":-2}]},"finish_reason":"stop" """),
        Chunk(""" "index":0,"text":"x","logprobs":{"content":[{"token":"NEE"},{"token":"DLE"}]},"finish_reason":"stop" """),
        Chunk(""" "index":0,"text":"x","stop_reason":"NEEDLE stop" """) + Last,
        Chunk(""" "index":0,"text":"x","future":{"a":"NEEDLE"} """) + Last,
        Chunk(""" "index":0,"text":"x","NEEDLE":1 """) + Last,
        ": NEEDLE\n\n" + Last,
        Last + "data: [DONE]\n\n" + Chunk(""" "index":0,"text":"NEEDLE" """));

    [Theory]
    [MemberData(nameof(TextPlaces))]
    public void Everything_that_the_model_reads_is_judged(string body)
    {
        var prompt = Read(body).Prompt;

        Assert.NotNull(prompt);
        Assert.False(prompt.HasUnclassified);
        Assert.Contains(prompt.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_is_not_the_dialect_is_a_400(string body) => Assert.Equal(400, Read(body).Error?.Status);

    [Theory]
    [InlineData("[1,2]", 1)]
    [InlineData("[[1],[2,3]]", 2)]
    public void Token_ids_are_unclassified(string prompt, int choices)
    {
        var read = Read($$"""{"model":"m","prompt":{{prompt}}}""").Prompt!;

        Assert.True(read.HasUnclassified);
        Assert.Equal(choices, read.Choices);
    }

    [Fact]
    public void Each_prompt_is_answered_n_times_and_written_as_often_as_the_best_is_chosen_of()
    {
        var prompt = Read("""{"model":"m","prompt":["a","b","c"],"n":2,"best_of":4}""").Prompt!;

        Assert.Equal((6, 12), (prompt.Choices, prompt.Generated));
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
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":null}]}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"error\":{\"message\":\"a\"}}\n\n")]
    public void A_stream_that_is_no_whole_completion_is_a_fault(string body) =>
        Assert.NotNull(Dialect.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Sse).Fault);

    [Fact]
    public void Long_lists_of_probabilities_and_offsets_are_numbers_and_token_ids_are_not()
    {
        var numbers = string.Join(',', Enumerable.Range(0, 40).Select(n => $"-0.{n + 11}"));
        var offsets = string.Join(',', Enumerable.Range(0, 40).Select(n => n * 5));
        var ids = string.Join(',', Enumerable.Range(100, 40));

        Assert.False(Whole($$""" "logprobs":{"tokens":[],"token_logprobs":[null,{{numbers}}],"text_offset":[{{offsets}}]} """).HasUnclassified);
        Assert.True(Whole($$""" "logprobs":{"token_logprobs":[{{ids}}]} """).HasUnclassified);
        Assert.True(Whole($$""" "token_ids":[{{ids}}] """).HasUnclassified);
    }

    [Fact]
    public void An_ordinary_request_answer_and_stream_have_no_text_but_their_content()
    {
        var request = Read(Fixture("request.json")).Prompt!;
        var answer = Dialect.Read(Encoding.UTF8.GetBytes(Fixture("answer.json")), Framing.Json);
        var stream = Dialect.Read(Encoding.UTF8.GetBytes(Fixture("stream.txt")), Framing.Sse);

        Assert.Contains("Once upon a time", request.Texts);
        Assert.DoesNotContain("user-1", request.Whole, StringComparison.Ordinal);
        foreach (var read in new[] { answer, stream })
        {
            Assert.Equal([" there was a house."], read.Finish().Texts.ToArray());
            Assert.False(read.HasUnknown || read.Texts.HasUnclassified);
            Assert.Equal("cmpl-1", read.Tail.Id);
            Assert.Equal(new TokenUsage(4, 5), read.Usage);
        }
    }

    private static Completion Whole(string member) => Dialect.ReadCompletion(
        Encoding.UTF8.GetBytes($$"""{"choices":[{"index":0,"text":"a","finish_reason":"stop",{{member}}}]}"""), Framing.Json);

    private static PromptReading Read(string body) => Dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);

    private static string Fixture(string name) => ConventionTests.ReadDocument("tests/Fixtures/openai.completions/" + name);

    private static string Chunk(string choice) => $"data: {{\"id\":\"cmpl-1\",\"choices\":[{{{choice}}}]}}\n\n";
}
