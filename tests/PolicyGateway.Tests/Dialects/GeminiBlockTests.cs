using System.Buffers;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.Gemini;

namespace PolicyGateway.Tests.Dialects;

/// <summary>How Gemini's dialect says no, at every place of a stream where it may have to.</summary>
public sealed class GeminiBlockTests
{
    private const string Begun = """{"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0},{"content":{"parts":[{"text":"b"}]},"index":1}],"responseId":"r-1"}""";
    private const string OneEnded = """{"candidates":[{"finishReason":"STOP","index":0}],"responseId":"r-1"}""";
    private const string BothEnded = """{"candidates":[{"finishReason":"STOP","index":0},{"finishReason":"STOP","index":1}],"responseId":"r-1"}""";

    private static readonly GatewayError Error = new(403, "permission_error", "verification_required", "Held.")
    {
        Category = "cyber",
        RequiredTier = "verified",
        RequiredCredentials = ["a", "b"],
        VerificationUri = new Uri("https://gateway.example/verify"),
        AppealUri = new Uri("https://gateway.example/appeal"),
        DecisionId = "d-1",
    };

    private static readonly GeminiDialect Dialect = new(streams: true);

    public static TheoryData<string[], int[], string> Tails => new()
    {
        { [], [0, 1], "d-1" },
        { [Begun], [0, 1], "r-1" },
        { [Begun, OneEnded], [1], "r-1" },
        { [Begun, BothEnded], [], "r-1" },
        { ["""{"usageMetadata":{"promptTokenCount":1}}"""], [0, 1], "d-1" },
    };

    [Theory]
    [MemberData(nameof(Tails))]
    public void A_blocked_array_is_an_array_to_its_end(string[] released, int[] open, string id)
    {
        var frames = released.Select((frame, position) => (position == 0 ? "[" : "\r\n,\r\n") + frame).ToArray();

        using var whole = JsonDocument.Parse(string.Concat(frames) + Block(Framing.JsonArray, frames));

        var elements = whole.RootElement.EnumerateArray().Skip(released.Length).ToArray();
        AssertBlocked(elements, open, id);
    }

    [Theory]
    [MemberData(nameof(Tails))]
    public void A_blocked_event_stream_ends_with_an_event_for_what_is_open(string[] released, int[] open, string id)
    {
        var frames = released.Select(static frame => $"data: {frame}\n\n").ToArray();

        var events = Block(Framing.Sse, frames).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        AssertBlocked([.. events.Select(static one => JsonDocument.Parse(one["data: ".Length..]).RootElement)], open, id);
    }

    [Theory]
    [InlineData(Framing.Sse)]
    [InlineData(Framing.JsonArray)]
    internal void The_gate_reads_its_own_block_as_a_whole_answer(Framing framing)
    {
        var answer = Dialect.ReadCompletion(Encoding.UTF8.GetBytes(Block(framing, [])), framing);

        Assert.Null(answer.Fault);
        Assert.Equal(["Held.", "Held."], answer.Texts.Take(2));
    }

    [Fact]
    public void An_error_is_googles_with_what_is_missing_in_it()
    {
        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteError(output, Error);

        var error = JsonDocument.Parse(output.WrittenMemory).RootElement.GetProperty("error");
        Assert.Equal(403, error.GetProperty("code").GetInt32());
        Assert.Equal("PERMISSION_DENIED", error.GetProperty("status").GetString());
        Assert.Equal("Held.", error.GetProperty("message").GetString());
        var detail = Assert.Single(error.GetProperty("details").EnumerateArray());
        Assert.Equal("type.googleapis.com/google.rpc.ErrorInfo", detail.GetProperty("@type").GetString());
        Assert.Equal("verification_required", detail.GetProperty("reason").GetString());
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["category"] = "cyber",
                ["required_tier"] = "verified",
                ["required_credentials"] = "a,b",
                ["verification_uri"] = "https://gateway.example/verify",
                ["appeal_uri"] = "https://gateway.example/appeal",
                ["decision_id"] = "d-1",
            },
            detail.GetProperty("metadata").EnumerateObject().ToDictionary(static one => one.Name, static one => one.Value.GetString()!));
    }

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(404, "NOT_FOUND")]
    [InlineData(413, "INVALID_ARGUMENT")]
    [InlineData(429, "RESOURCE_EXHAUSTED")]
    [InlineData(502, "UNAVAILABLE")]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(504, "DEADLINE_EXCEEDED")]
    public void Each_status_has_the_word_that_google_sends_with_it(int status, string word)
    {
        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteError(output, Error with { Status = status });

        Assert.Equal(word, JsonDocument.Parse(output.WrittenMemory).RootElement.GetProperty("error").GetProperty("status").GetString());
    }

    [Fact]
    public void A_failure_in_an_event_stream_is_an_event_that_google_genai_throws()
    {
        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteStreamFailure(output, Prompt(Framing.Sse), Error with { Status = 502 });

        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        Assert.Equal(502, JsonDocument.Parse(text["data: ".Length..]).RootElement.GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    public void A_failure_in_an_array_never_closes_it()
    {
        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteStreamFailure(output, Prompt(Framing.JsonArray), Error with { Status = 502 });

        Assert.DoesNotContain("]\n", Encoding.UTF8.GetString(output.WrittenSpan)[^3..], StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(output.WrittenMemory));
    }

    [Theory]
    [InlineData(Framing.Sse, "\n\n")]
    [InlineData(Framing.JsonArray, " ")]
    internal void What_keeps_a_stream_alive_is_nothing_to_a_reader(Framing framing, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(Dialect.KeepAlive(framing).Span));

    private static void AssertBlocked(JsonElement[] elements, int[] open, string id)
    {
        if (open.Length == 0)
        {
            Assert.Empty(elements);
            return;
        }

        var element = Assert.Single(elements);
        Assert.Equal(id, element.GetProperty("responseId").GetString());
        Assert.Equal("m", element.GetProperty("modelVersion").GetString());
        Assert.Equal(open, element.GetProperty("candidates").EnumerateArray().Select(static one => one.GetProperty("index").GetInt32()));
        Assert.All(element.GetProperty("candidates").EnumerateArray(), static one =>
        {
            Assert.Equal("SAFETY", one.GetProperty("finishReason").GetString());
            Assert.Equal("Held.", one.GetProperty("finishMessage").GetString());
        });
    }

    private static string Block(Framing framing, string[] frames)
    {
        var reader = Dialect.CreateReader(framing);
        foreach (var frame in frames)
        {
            reader.Read(Encoding.UTF8.GetBytes(frame));
        }

        var output = new ArrayBufferWriter<byte>();
        Dialect.WriteBlock(output, Prompt(framing), DateTimeOffset.UnixEpoch, Error, reader.Tail);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static Prompt Prompt(Framing framing) => new("m", framing, 2, [], false, default);
}
