using System.Buffers;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;
using PolicyGateway.Dialects.OpenAICompletions;
using PolicyGateway.Dialects.OpenAIResponses;

namespace PolicyGateway.Tests.Dialects;

/// <summary>How a stream ends that is blocked after its first byte, wherever it stands.</summary>
public sealed class OpenAIBlockTests
{
    private static readonly GatewayError Refused = new(403, "policy_error", "verification_required", "This needs a verified caller.")
    {
        Category = "cyber",
        RequiredTier = "verified",
        RequiredCredentials = ["security-professional"],
        VerificationUri = new Uri("https://gateway.example/verify"),
        DecisionId = "d1",
    };

    private static readonly string[] Events = Frames(ConventionTests.ReadDocument("tests/Fixtures/openai.responses/stream.txt"));

    /// <summary>How a model refuses, in the protocol's order.</summary>
    private static readonly string[] Refusal =
    [
        "response.output_item.added", "response.content_part.added", "response.refusal.delta", "response.refusal.done",
        "response.content_part.done", "response.output_item.done",
    ];

    public static TheoryData<int> Tails => [.. Enumerable.Range(1, Events.Length - 2)];

    [Fact]
    public void A_response_that_has_not_begun_begins_and_ends()
    {
        var frames = Block(new ResponsesDialect(), "", choices: 1);

        Assert.Equal(["response.created", .. Refusal, "response.incomplete"], frames.Select(frame => frame.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(0, 8), frames.Select(frame => frame.GetProperty("sequence_number").GetInt32()));
        Assert.Equal("This needs a verified caller.", frames[3].GetProperty("delta").GetString());
        var (created, ended) = (frames[0].GetProperty("response"), frames[^1].GetProperty("response"));
        Assert.Equal("in_progress", created.GetProperty("status").GetString());
        Assert.Equal("resp_d1", created.GetProperty("id").GetString());
        Assert.Equal("resp_d1", ended.GetProperty("id").GetString());
        Assert.Equal("This needs a verified caller.", ended.GetProperty("output")[0].GetProperty("content")[0].GetProperty("refusal").GetString());
        var metadata = ended.GetProperty("metadata");
        Assert.Equal("verification_required", metadata.GetProperty("code").GetString());
        Assert.Equal("security-professional", metadata.GetProperty("required_credentials").GetString());
        Assert.Equal("https://gateway.example/verify", metadata.GetProperty("verification_uri").GetString());
        Assert.Equal("d1", metadata.GetProperty("decision_id").GetString());
    }

    [Theory]
    [MemberData(nameof(Tails))]
    public void A_response_that_has_begun_ends_under_its_own_id_with_the_next_number(int released)
    {
        var frames = Block(new ResponsesDialect(), string.Concat(Events.Take(released)), choices: 1);

        Assert.Equal([.. Refusal, "response.incomplete"], frames.Select(frame => frame.GetProperty("type").GetString()));
        Assert.Equal(Enumerable.Range(released, 7), frames.Select(frame => frame.GetProperty("sequence_number").GetInt32()));
        var items = Events.Take(released).Count(one => one.StartsWith("event: response.output_item.added\n", StringComparison.Ordinal));
        Assert.All(frames[..^1], frame => Assert.Equal(items, frame.GetProperty("output_index").GetInt32()));
        var response = frames[^1].GetProperty("response");
        Assert.Equal("resp_1", response.GetProperty("id").GetString());
        Assert.Equal("incomplete", response.GetProperty("status").GetString());
        Assert.Equal("content_filter", response.GetProperty("incomplete_details").GetProperty("reason").GetString());
        Assert.Equal("m", response.GetProperty("model").GetString());
    }

    [Fact]
    public void A_blocked_response_is_a_whole_one_to_its_own_dialect()
    {
        var text = BlockText(new ResponsesDialect(), "", choices: 1);

        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.StartsWith("event: response.created\ndata: ", text, StringComparison.Ordinal);
        Assert.Null(new ResponsesDialect().ReadCompletion(Encoding.UTF8.GetBytes(text), Framing.Sse).Fault);
    }

    [Fact]
    public void A_failed_response_tells_every_client()
    {
        var output = new ArrayBufferWriter<byte>();
        new ResponsesDialect().WriteStreamFailure(output, Asked(1), Refused);
        var text = Encoding.UTF8.GetString(output.WrittenSpan);

        Assert.StartsWith("event: error\n", text, StringComparison.Ordinal);
        var frame = Parse(text);
        Assert.Equal("error", frame.GetProperty("type").GetString());
        Assert.Equal("verification_required", frame.GetProperty("code").GetString());
        Assert.Equal("d1", frame.GetProperty("error").GetProperty("decision_id").GetString());
    }

    [Theory]
    [InlineData("", "0,1", "cmpl-d1")]
    [InlineData("""data: {"id":"cmpl-7","choices":[{"index":0,"text":"a","finish_reason":null}]}""", "0,1", "cmpl-7")]
    [InlineData("""data: {"id":"cmpl-7","choices":[{"index":0,"text":"a","finish_reason":"stop"}]}""", "1", "cmpl-7")]
    [InlineData("""data: {"id":"cmpl-7","choices":[{"index":1,"text":"a","finish_reason":"length"}]}""", "0", "cmpl-7")]
    public void Each_open_choice_of_a_plain_completion_is_closed(string released, string open, string id)
    {
        var text = BlockText(new CompletionsDialect(), released.Length == 0 ? "" : released + "\n\n", choices: 2);

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var frames = Frames(text)[..^1].Select(Parse).ToArray();
        Assert.Equal(open, string.Join(',', frames.Select(frame => frame.GetProperty("choices")[0].GetProperty("index").GetInt32())));
        foreach (var frame in frames)
        {
            Assert.Equal(id, frame.GetProperty("id").GetString());
            Assert.Equal("text_completion", frame.GetProperty("object").GetString());
            Assert.Equal("", frame.GetProperty("choices")[0].GetProperty("text").GetString());
            Assert.Equal("content_filter", frame.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: {\"id\":\"chatcmpl-7\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}}]}\n\n")]
    public void Each_blocked_choice_of_a_chat_has_a_role_and_says_why_and_what_opens_it(string released)
    {
        var frames = Frames(BlockText(new ChatDialect(), released, choices: 2))[..^1].Select(Parse).ToArray();

        Assert.Equal(2, frames.Length);
        Assert.All(frames, static frame =>
        {
            var choice = frame.GetProperty("choices")[0];
            Assert.Equal("assistant", choice.GetProperty("delta").GetProperty("role").GetString());
            Assert.Equal("This needs a verified caller.", choice.GetProperty("delta").GetProperty("refusal").GetString());
            var details = choice.GetProperty("refusal_details");
            Assert.Equal("verification_required", details.GetProperty("code").GetString());
            Assert.Equal("security-professional", details.GetProperty("required_credentials")[0].GetString());
            Assert.Equal("https://gateway.example/verify", details.GetProperty("verification_uri").GetString());
        });
    }

    private static JsonElement[] Block(IDialect dialect, string released, int choices) => [.. Frames(BlockText(dialect, released, choices)).Select(Parse)];

    private static string BlockText(IDialect dialect, string released, int choices)
    {
        var answer = dialect.Read(Encoding.UTF8.GetBytes(released), Framing.Sse);
        var output = new ArrayBufferWriter<byte>();
        dialect.WriteBlock(output, Asked(choices), DateTimeOffset.UnixEpoch, Refused, answer.Tail);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static Prompt Asked(int choices) => new("m", Framing.Sse, choices, [], false, default);

    private static JsonElement Parse(string frame)
    {
        using var json = JsonDocument.Parse(frame[(frame.IndexOf("data: ", StringComparison.Ordinal) + 6)..]);
        return json.RootElement.Clone();
    }

    private static string[] Frames(string stream) => [.. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(frame => frame + "\n\n")];
}
