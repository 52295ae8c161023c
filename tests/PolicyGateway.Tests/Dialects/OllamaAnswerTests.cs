using System.Buffers;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects;

public sealed class OllamaAnswerTests
{
    private const string Fixtures = "tests/Fixtures/ollama.";
    private const string Piece = """{"model":"m","message":{"role":"assistant","content":"a"},"done":false}""";
    private const string Done = """{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}""";

    private static readonly GatewayError Error = new(403, "permission_error", "verification_required", "Held.")
    {
        Category = "cyber",
        RequiredTier = "verified",
        RequiredCredentials = ["a", "b"],
        VerificationUri = new Uri("https://gateway.example/verify"),
        AppealUri = new Uri("https://gateway.example/appeal"),
        DecisionId = "d-1",
    };

    public static TheoryData<string> ChatPlaces => new(
        Message("\"content\":\"NEEDLE\""),
        Message("\"content\":\"a\",\"thinking\":\"NEEDLE\""),
        Message("\"thinking\":\"NEE\",\"content\":\"DLE\""),
        Message("\"tool_calls\":[{\"function\":{\"name\":\"NEEDLE\",\"arguments\":{}}}]"),
        Message("\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":[\"NEEDLE\"]}}}]"),
        Message("\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"NEEDLE\":1}}}]"),
        Message("\"role\":\"NEEDLE in a field of ids\""),
        Message("\"future\":{\"x\":\"NEEDLE\"}"),
        Message("\"NEEDLE\":1"),
        Done[..^1] + ",\"logprobs\":[{\"token\":\"NEE\"},{\"token\":\"DLE\"}]}",
        Done[..^1] + ",\"logprobs\":[{\"token\":\"?\",\"bytes\":[78,69,69]},{\"token\":\"?\",\"bytes\":[68,76,69]}]}",
        Done[..^1] + ",\"logprobs\":[{\"token\":\"a\",\"top_logprobs\":[{\"token\":\"NEEDLE\"}]}]}",
        Done[..^1] + ",\"created_at\":\"NEEDLE\"}",
        Done[..^1] + ",\"_debug_info\":{\"rendered_template\":\"NEEDLE\"}}",
        Done[..^1] + ",\"total_duration\":\"NEEDLE\"}",
        Done[..^1] + ",\"future\":\"NEEDLE\"}");

    public static TheoryData<string> ChatSplits => new(
        Piece.Replace("\"a\"", "\"NEE\"", StringComparison.Ordinal) + "\n" + Done.Replace("\"\"", "\"DLE\"", StringComparison.Ordinal),
        Piece.Replace("content", "thinking", StringComparison.Ordinal).Replace("\"a\"", "\"NEE\"", StringComparison.Ordinal) + "\r\n" + Done.Replace("\"\"", "\"DLE\"", StringComparison.Ordinal),
        Piece.Replace("\"m\"", "\"NEE\"", StringComparison.Ordinal) + "\n" + Done.Replace("\"m\"", "\"DLE\"", StringComparison.Ordinal),
        Piece[..^1] + ",\"x\":\"NEE\"}\n" + Done[..^1] + ",\"x\":\"DLE\"}\n",
        Done + "\n" + Piece.Replace("\"a\"", "\"NEEDLE\"", StringComparison.Ordinal) + "\n");

    [Theory]
    [MemberData(nameof(ChatPlaces))]
    public void Everything_that_a_client_can_read_of_a_chat_is_judged(string body)
    {
        AssertNeedle(Read("chat", body, Framing.Json));
        AssertNeedle(Read("chat", Piece + "\n " + body + "\n", Framing.Ndjson));
    }

    [Theory]
    [MemberData(nameof(ChatSplits))]
    public void Text_that_is_split_over_lines_is_judged_as_one(string body) => AssertNeedle(Read("chat", body, Framing.Ndjson));

    [Theory]
    [InlineData("\"response\":\"NEEDLE\"")]
    [InlineData("\"thinking\":\"NEE\",\"response\":\"DLE\"")]
    [InlineData("\"thinking\":\"NEEDLE\"")]
    [InlineData("\"tool_calls\":[{\"function\":{\"name\":\"NEEDLE\"}}]")]
    [InlineData("\"future\":\"NEEDLE\"")]
    public void Everything_that_a_client_can_read_of_a_generated_text_is_judged(string member) =>
        AssertNeedle(Read("generate", $$"""{"model":"m",{{member}},"done":true}""", Framing.Json));

    [Theory]
    [InlineData("\"context\":[1,2,3]")]
    [InlineData("\"image\":\"AAAA\"")]
    public void Token_ids_and_pictures_are_unclassified(string member) =>
        Assert.True(Read("generate", $$"""{"model":"m","response":"a",{{member}},"done":true}""", Framing.Json).HasUnclassified);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("hello")]
    [InlineData(Piece)]
    [InlineData("""{"message":{"content":"a"},"done":"true"}""")]
    [InlineData("""{"message":{"content":"a","content":"b"},"done":true}""")]
    [InlineData("""{"message":{"content":"\ud800"},"done":true}""")]
    [InlineData("""{"error":"a"}""")]
    public void An_answer_that_is_not_whole_is_a_fault(string body)
    {
        Assert.NotNull(Read("chat", body, Framing.Json).Fault);
        Assert.NotNull(Read("chat", body + "\n", Framing.Ndjson).Fault);
    }

    [Theory]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"model":"m","embeddings":null}""")]
    public void Embeddings_without_a_vector_are_a_fault(string body) => Assert.NotNull(Read("embed", body, Framing.Json).Fault);

    [Theory]
    [InlineData("embed", """{"embeddings":[[78,69,69,68,76,69]]}""")]
    [InlineData("embed", """{"embeddings":[[0.5,0.25],[0.5]]}""")]
    [InlineData("embed", """{"embeddings":[0.5,0.25]}""")]
    [InlineData("embeddings", """{"embedding":[78,69,69,68,76,69]}""")]
    public void Numbers_that_are_no_vectors_are_unclassified(string path, string body) => Assert.True(Read(path, body, Framing.Json).HasUnclassified);

    [Theory]
    [InlineData("chat", "answer.json", Framing.Json, "A loaf rises for about three hours.\nThree hours are a good start.")]
    [InlineData("chat", "stream.txt", Framing.Ndjson, "Three hours are a good start.\nA loaf rises for about three hours.")]
    [InlineData("generate", "answer.json", Framing.Json, "A loaf rises for about three hours.")]
    [InlineData("generate", "stream.txt", Framing.Ndjson, "A loaf rises for about three hours.")]
    [InlineData("embed", "answer.json", Framing.Json, "")]
    internal void An_ordinary_answer_has_no_text_but_its_content(string path, string file, Framing framing, string text)
    {
        var reader = Dialect(path).Read(Encoding.UTF8.GetBytes(ConventionTests.ReadDocument($"{Fixtures}{path}/{file}")), framing);
        var answer = reader.Finish();

        Assert.Null(answer.Fault);
        Assert.False(reader.HasUnknown || answer.HasUnclassified);
        Assert.Equal(text, answer.Whole);
        Assert.Equal(path == "embed" ? new TokenUsage(8, 0) : new TokenUsage(26, 17), reader.Usage);
    }

    [Theory]
    [InlineData("chat", "")]
    [InlineData("chat", Piece + "\n")]
    [InlineData("generate", "")]
    [InlineData("generate", """{"model":"m","response":"a","done":false}""" + "\n")]
    public void A_block_is_the_last_line_and_says_why(string path, string released)
    {
        var block = Block(path, released);

        Assert.EndsWith("}\n", block, StringComparison.Ordinal);
        var line = JsonDocument.Parse(block).RootElement;
        Assert.True(line.GetProperty("done").GetBoolean());
        Assert.Equal("content_filter", line.GetProperty("done_reason").GetString());
        Assert.Equal("", path == "chat" ? line.GetProperty("message").GetProperty("content").GetString() : line.GetProperty("response").GetString());
        Assert.Equal("Held.", line.GetProperty("refusal").GetString());
        Assert.Equal(Error.Code, line.GetProperty("code").GetString());
        Assert.Equal(Error.RequiredCredentials, line.GetProperty("required_credentials").EnumerateArray().Select(static one => one.GetString()!));
        Assert.Equal("2025-01-01T00:00:00.000Z", line.GetProperty("created_at").GetString());
        Assert.Null(Read(path, released + block, Framing.Ndjson).Fault);
    }

    [Fact]
    public void Behind_the_end_there_is_nothing_to_block() => Assert.Equal("", Block("chat", Piece + "\n" + Done + "\n"));

    [Fact]
    public void An_error_is_a_sentence_with_what_is_missing_beside_it()
    {
        var output = new ArrayBufferWriter<byte>();
        Dialect("embed").WriteError(output, Error);

        Assert.Equal(
            """{"error":"Held.","code":"verification_required","category":"cyber","required_tier":"verified","required_credentials":["a","b"],"verification_uri":"https://gateway.example/verify","appeal_uri":"https://gateway.example/appeal","decision_id":"d-1"}""",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void A_failure_is_a_line_that_clients_throw()
    {
        var output = new ArrayBufferWriter<byte>();
        Dialect("chat").WriteStreamFailure(output, Prompt, Error);

        var line = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.Equal("Held.", JsonDocument.Parse(line).RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public void What_keeps_a_stream_alive_is_room_in_the_next_line()
    {
        var alive = Encoding.UTF8.GetString(Dialect("chat").KeepAlive(Framing.Ndjson).Span);

        Assert.NotNull(JsonDocument.Parse(alive + alive + Piece));
        Assert.DoesNotContain('\n', alive);
    }

    private static Prompt Prompt => new("m", Framing.Ndjson, 1, [], false, default);

    private static IDialect Dialect(string path) => new DialectTable()["/api/" + path];

    private static string Message(string members) => "{\"model\":\"m\",\"message\":{" + members + "},\"done\":true,\"done_reason\":\"stop\"}";

    private static void AssertNeedle(Completion answer)
    {
        Assert.Null(answer.Fault);
        Assert.Contains(answer.Texts, static text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    private static Completion Read(string path, string body, Framing framing) => Dialect(path).ReadCompletion(Encoding.UTF8.GetBytes(body), framing);

    private static string Block(string path, string released)
    {
        var reader = Dialect(path).Read(Encoding.UTF8.GetBytes(released), Framing.Ndjson);
        var output = new ArrayBufferWriter<byte>();
        Dialect(path).WriteBlock(output, Prompt, new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero), Error, reader.Tail);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
