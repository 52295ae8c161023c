using System.Buffers.Binary;
using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIEmbeddings;
using PolicyGateway.Dialects.OpenAIRerank;

namespace PolicyGateway.Tests.Dialects;

/// <summary>Embeddings and reranking: texts go in, and numbers that spell none come out.</summary>
public sealed class EmbeddingsTests
{
    private static readonly EmbeddingsDialect Embeddings = new();
    private static readonly RerankDialect Rerank = new();
    private static readonly RequestLimits Limits = new(64, 8);
    private static readonly float[] Real = [.. Enumerable.Range(1, 32).Select(n => MathF.Sin(n) / 3)];

    [Theory]
    [InlineData("""{"model":"m","input":"NEEDLE"}""")]
    [InlineData("""{"model":"m","input":["a","NEEDLE"]}""")]
    [InlineData("""{"model":"m","input":["NEE","DLE"]}""")]
    [InlineData("""{"model":"m","input":"a","user":"NEEDLE in a field of ids"}""")]
    [InlineData("""{"model":"m","input":"a","prompt_name":"NEEDLE"}""")]
    public void Every_text_that_is_embedded_is_judged(string body) => AssertNeedle(Embeddings, body);

    [Theory]
    [InlineData("""{"model":"m","query":"NEEDLE","documents":["a"]}""")]
    [InlineData("""{"model":"m","query":"a","documents":["b","NEEDLE"]}""")]
    [InlineData("""{"model":"m","query":"a","documents":["NEE","DLE"]}""")]
    [InlineData("""{"model":"m","query":"a","documents":[{"text":"NEEDLE"}]}""")]
    [InlineData("""{"model":"m","query":"a","documents":[{"title":"NEEDLE","text":"b"}]}""")]
    [InlineData("""{"model":"m","query":"a","documents":[{"any field":"NEEDLE"}],"rank_fields":["any field"]}""")]
    [InlineData("""{"model":"m","query":{"text":"NEEDLE"},"documents":["b"]}""")]
    [InlineData("""{"model":"m","query":"a","documents":["b"],"instruction":"NEEDLE"}""")]
    public void Every_text_that_is_ranked_is_judged(string body) => AssertNeedle(Rerank, body);

    [Theory]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"input":"a"}""")]
    [InlineData("""{"model":"m","input":7}""")]
    [InlineData("""{"model":"m","input":[]}""")]
    [InlineData("""{"model":"m","input":[7,"a"]}""")]
    [InlineData("""{"model":"m","input":[{"text":"a"}]}""")]
    [InlineData("""{"model":"m","input":"a","stream":true}""")]
    [InlineData("""{"model":"m","input":"a","encoding_format":"hologram"}""")]
    public void What_is_no_request_for_embeddings_is_a_400(string body) => Assert.Equal(400, Read(Embeddings, body).Error?.Status);

    [Theory]
    [InlineData("""{"model":"m","query":"a"}""")]
    [InlineData("""{"model":"m","documents":["a"]}""")]
    [InlineData("""{"query":"a","documents":["a"]}""")]
    [InlineData("""{"model":"m","query":7,"documents":["a"]}""")]
    [InlineData("""{"model":"m","query":"a","documents":[]}""")]
    [InlineData("""{"model":"m","query":"a","documents":"a"}""")]
    [InlineData("""{"model":"m","query":"a","documents":[7]}""")]
    [InlineData("""{"model":"m","query":"a","documents":[["a"]]}""")]
    [InlineData("""{"model":"m","query":"a","documents":["a"],"stream":true}""")]
    public void What_is_no_request_for_a_ranking_is_a_400(string body) => Assert.Equal(400, Read(Rerank, body).Error?.Status);

    [Theory]
    [InlineData("[1,2,3]")]
    [InlineData("[[1,2],[3]]")]
    public void Token_ids_are_unclassified(string input) =>
        Assert.True(Read(Embeddings, $$"""{"model":"m","input":{{input}}}""").Prompt!.HasUnclassified);

    [Theory]
    [InlineData("""{"model":"m","query":"a","documents":[{"image":"https://example.org/a.png"}]}""")]
    [InlineData("""{"model":"m","query":{"image":"AAAA"},"documents":["a"]}""")]
    public void Images_are_unclassified(string body) => Assert.True(Read(Rerank, body).Prompt!.HasUnclassified);

    [Fact]
    public void Vectors_of_real_numbers_are_no_text_and_read()
    {
        var zeros = string.Join(',', Enumerable.Repeat("0", 30).Concat(["0.25", "-0.5"]));

        Assert.False(Answer(Json(Real)).HasUnclassified);
        Assert.False(Answer(Quote(Bytes(Real))).HasUnclassified);
        Assert.False(Answer(Quote(Bytes(Real)).Replace("/", "\\/", StringComparison.Ordinal)).HasUnclassified);
        Assert.False(Answer($"[{zeros}]").HasUnclassified);
        Assert.False(Answer($"[{Json(Real)},{Json(Real)}]").HasUnclassified);
        Assert.Empty(Answer(Json(Real)).Texts);
    }

    [Fact]
    public void Numbers_that_may_spell_a_text_are_unclassified()
    {
        var text = "It could stand here, letter by letter, as any other text could."u8.ToArray();

        Assert.True(Answer($"[{string.Join(',', text)}]").HasUnclassified);
        Assert.True(Answer($"[{string.Join(',', text.Select(letter => letter + ".0"))}]").HasUnclassified);
        Assert.True(Answer(Quote(text[..60])).HasUnclassified);
        Assert.True(Answer(Quote([.. text.SelectMany(static letter => BitConverter.GetBytes((float)letter))])).HasUnclassified);
        Assert.True(Answer(Quote([1, 2, 3])).HasUnclassified);
        Assert.True(Answer("[0.786969687669786969687669786969687669]").HasUnclassified);
    }

    [Theory]
    [InlineData("\"NEEDLE in plain words\"")]
    [InlineData("[0.5,\"NEEDLE\"]")]
    [InlineData("{\"NEEDLE\":1}")]
    public void Text_in_the_place_of_a_vector_is_judged_and_unclassified(string vector)
    {
        var completion = Answer(vector);

        Assert.True(completion.HasUnclassified);
        Assert.Contains("NEEDLE", completion.Whole, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_of_one_answer_have_one_length()
    {
        Assert.False(Answer(Json(Real), Quote(Bytes(Real))).HasUnclassified);
        Assert.True(Answer(Json(Real), Json(Real[..31])).HasUnclassified);
        Assert.True(Answer(Json(Real), Quote(Bytes(Real[..31]))).HasUnclassified);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[{"index":0}]}""")]
    [InlineData("""{"data":[[0.5]]}""")]
    [InlineData("""{"error":{"message":"a"}}""")]
    public void A_body_without_vectors_is_a_fault(string body) => Assert.NotNull(Embeddings.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json).Fault);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"results":{}}""")]
    [InlineData("""{"results":["a"]}""")]
    public void A_body_without_a_ranking_is_a_fault(string body) => Assert.NotNull(Rerank.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json).Fault);

    [Theory]
    [InlineData("""{"results":[{"index":0,"relevance_score":0.5,"document":{"text":"NEEDLE"}}]}""")]
    [InlineData("""{"results":[{"index":0,"relevance_score":0.5,"document":"NEEDLE"}]}""")]
    [InlineData("""{"results":[{"index":0,"relevance_score":0.5,"document":{"other":"NEEDLE"}}]}""")]
    [InlineData("""{"results":[{"index":0,"relevance_score":"NEEDLE"}]}""")]
    [InlineData("""{"results":[],"meta":{"warnings":["NEEDLE"]}}""")]
    public void Every_text_of_a_ranking_is_judged(string body)
    {
        var completion = Rerank.ReadCompletion(Encoding.UTF8.GetBytes(body), Framing.Json);

        Assert.Null(completion.Fault);
        Assert.Contains("NEEDLE", completion.Whole, StringComparison.Ordinal);
    }

    [Fact]
    public void Ordinary_requests_and_answers_have_no_text_but_their_content()
    {
        var vectors = Embeddings.Read(Fixture("openai.embeddings/answer.json"), Framing.Json);
        var ranking = Rerank.Read(Fixture("openai.rerank/answer.json"), Framing.Json);

        Assert.Null(vectors.Finish().Fault ?? ranking.Finish().Fault);
        Assert.False(vectors.HasUnknown || vectors.Texts.HasUnclassified || ranking.HasUnknown || ranking.Texts.HasUnclassified);
        Assert.Empty(vectors.Texts.Channels);
        Assert.Equal(["A house by the sea.", "A road in the hills."], ranking.Texts.Channels.Select(channel => channel.ToString()));
        Assert.Equal(
            "A house by the sea.\nA road in the hills.", Embeddings.ReadPrompt(default, Fixture("openai.embeddings/request.json"), Limits).Prompt!.Whole);
        Assert.Equal(
            "Where is the house?\nA house by the sea.\nA road in the hills.", Rerank.ReadPrompt(default, Fixture("openai.rerank/request.json"), Limits).Prompt!.Whole);
    }

    private static void AssertNeedle(IDialect dialect, string body)
    {
        var prompt = Read(dialect, body).Prompt;

        Assert.NotNull(prompt);
        Assert.False(prompt.HasUnclassified);
        Assert.Contains(prompt.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    private static PromptReading Read(IDialect dialect, string body) => dialect.ReadPrompt(default, Encoding.UTF8.GetBytes(body), Limits);

    private static Completion Answer(params string[] vectors) => Embeddings.ReadCompletion(Encoding.UTF8.GetBytes(
        $$"""{"object":"list","data":[{{string.Join(',', vectors.Select((vector, index) => $$"""{"object":"embedding","index":{{index}},"embedding":{{vector}}}"""))}}],"model":"m"}"""), Framing.Json);

    private static string Json(float[] vector) => System.Text.Json.JsonSerializer.Serialize(vector);

    private static string Quote(byte[] bytes) => $"\"{Convert.ToBase64String(bytes)}\"";

    private static byte[] Bytes(float[] vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        }

        return bytes;
    }

    private static byte[] Fixture(string name) => Encoding.UTF8.GetBytes(ConventionTests.ReadDocument("tests/Fixtures/" + name));
}
