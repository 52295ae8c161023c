using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects;

/// <summary>Readers take texts from the objects of the types that they want, so those are one text, whatever stands between them.</summary>
public sealed class TypedTextTests
{
    private const string Phrase = "first marker-cyber and second";

    private static readonly RequestLimits Limits = new(64, 8);

    [Fact]
    public void Deltas_of_one_type_are_a_text_of_their_own()
    {
        var frames = Phrase.Chunk(3).SelectMany(static piece => new[]
        {
            $$"""{"type":"text_delta","text":"{{new string(piece)}}"}""",
            """{"type":"signature_delta","text":"some filler words ","signature":""}""",
        }).Select(static delta => $"event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{delta}}}\n\n");

        Assert.Contains(Phrase, Texts("/v1/messages", string.Concat(frames), Framing.Sse));
    }

    [Fact]
    public void Blocks_of_one_type_are_a_text_of_their_own()
    {
        var blocks = Phrase.Chunk(3).SelectMany(static piece => new[]
        {
            $$"""{"type":"text","text":"{{new string(piece)}}"}""",
            """{"type":"compaction","text":"some filler words "}""",
        });
        var body = $$"""{"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"end_turn","content":[{{string.Join(',', blocks)}}]}""";

        Assert.Contains(Phrase, Texts("/v1/messages", body, Framing.Json));
    }

    [Fact]
    public void Parts_of_one_type_are_a_text_of_their_own()
    {
        var parts = Phrase.Chunk(3).SelectMany(static piece => new[]
        {
            $$"""{"type":"output_text","text":"{{new string(piece)}}"}""",
            """{"type":"reasoning_text","text":"some filler words "}""",
        });
        var body = $$"""{"id":"resp_1","status":"completed","output":[{"type":"message","id":"msg_1","role":"assistant","content":[{{string.Join(',', parts)}}]}]}""";

        Assert.Contains(Phrase, Texts("/v1/responses", body, Framing.Json));
    }

    [Theory]
    [InlineData("/v1/messages", """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[PARTS]}]}""", """{"type":"thinking","thinking":"","signature":"","text":"some filler "}""")]
    [InlineData("/v1/chat/completions", """{"model":"m","messages":[{"role":"user","content":[PARTS]}]}""", """{"type":"refusal","refusal":"","text":"some filler "}""")]
    public void Parts_of_one_type_in_a_request_are_a_text_of_their_own(string path, string body, string filler)
    {
        var parts = Phrase.Chunk(3).SelectMany(piece => new[] { $$"""{"type":"text","text":"{{new string(piece)}}"}""", filler });

        var prompt = Dialect(path).ReadPrompt(default, Encoding.UTF8.GetBytes(body.Replace("PARTS", string.Join(',', parts), StringComparison.Ordinal)), Limits).Prompt;

        Assert.Contains(Phrase, prompt!.Texts);
    }

    [Theory]
    [InlineData("true", false)]
    [InlineData("false", false)]
    [InlineData("null", false)]
    [InlineData("1", true)]
    [InlineData("\"yes\"", true)]
    public void A_thought_that_only_some_readers_take_for_one_cannot_be_read(string thought, bool isUnclassified)
    {
        var answer = Dialect("/v1beta/models/{model}:generateContent").Read(
            Encoding.UTF8.GetBytes($$"""{"candidates":[{"content":{"parts":[{"text":"a"},{"text":"b","thought":{{thought}}}]},"finishReason":"STOP"}]}"""), Framing.Json);

        Assert.Equal(isUnclassified, answer.Texts.HasUnclassified);
    }

    [Theory]
    [InlineData("a", 0, "a", 0, false)]
    [InlineData("a", 0, "b", 1, false)]
    [InlineData("", 0, "", 1, false)]
    [InlineData("a", 0, "a", 1, true)]
    [InlineData("a", 0, "b", 0, true)]
    public void Pieces_whose_id_and_index_contradict_each_other_cannot_be_read(string id, int index, string nextId, int nextIndex, bool isUnclassified)
    {
        static string Delta(string id, int index) =>
            $"data: {{\"type\":\"response.output_text.delta\",\"item_id\":\"{id}\",\"output_index\":{index},\"content_index\":0,\"delta\":\"x\"}}\n\n";

        var answer = Dialect("/v1/responses").Read(Encoding.UTF8.GetBytes(Delta(id, index) + Delta(nextId, nextIndex)), Framing.Sse);

        Assert.Equal(isUnclassified, answer.Texts.HasUnclassified);
    }

    [Theory]
    [InlineData("text", 0, false)]
    [InlineData("thinking", 1, false)]
    [InlineData("thinking", 0, true)]
    public void An_index_that_was_another_types_before_cannot_be_read(string type, int index, bool isUnclassified)
    {
        static string Start(string type, int index) =>
            $"event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{{\"type\":\"{type}\"}}}}\n\n";

        var answer = Dialect("/v1/messages").Read(Encoding.UTF8.GetBytes(Start("text", 0) + Start(type, index)), Framing.Sse);

        Assert.Equal(isUnclassified, answer.Texts.HasUnclassified);
    }

    private static JudgedTexts Texts(string path, string answer, Framing framing) =>
        Dialect(path).Read(Encoding.UTF8.GetBytes(answer), framing).Finish().Texts;

    private static IDialect Dialect(string path) => new DialectTable()[path];
}
