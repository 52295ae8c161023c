using System.Net;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;
using PolicyGateway.Dialects.OpenAIChat;
using PolicyGateway.Release;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Inference;

/// <summary>What a stream costs at most, whatever it is made of, and how it ends when a bound is reached.</summary>
public sealed class StreamBoundTests
{
    [Theory]
    [InlineData(8, 0, 2_500)]
    [InlineData(8, 20, 6_000)]
    public async Task Choices_times_alternatives_do_not_multiply_how_often_the_judge_is_asked(int choices, int alternatives, int most)
    {
        await using var gateway = new TheGateway();
        await gateway.InitializeAsync();
        var frames = new StringBuilder();
        for (var token = 0; token < 2_000; token++)
        {
            var logprobs = alternatives == 0 ? null : new { content = new[] { Alternative("tok ", alternatives) } };
            var choice = new { index = token % choices, delta = new { content = "tok " }, logprobs, finish_reason = (string?)null };
            frames.Append("data: ").Append(JsonSerializer.Serialize(new { id = "c", @object = "chat.completion.chunk", created = 1, model = "m", choices = new[] { choice } })).Append("\n\n");
        }

        for (var choice = 0; choice < choices; choice++)
        {
            frames.Append(ScriptedBackend.Chunk(new { }, "stop", choice));
        }

        var stream = frames.Append("data: [DONE]\n\n").ToString();
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream, seed: 1);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true, extra: $",\"n\":{choices},\"logprobs\":true,\"top_logprobs\":{alternatives}"));

        Assert.Equal(stream, answer.Text);
        Assert.InRange(gateway.Classifier.Asked, choices, most);
    }

    [Fact]
    public async Task A_clock_that_strikes_while_a_whole_stream_is_recorded_changes_nothing()
    {
        await using var gateway = new TheGateway();
        gateway.Settings["Gateway:MaxHold"] = "00:00:01";
        await gateway.InitializeAsync();
        var stream = ScriptedBackend.Stream(KeywordClassifier.Cyber + " text");
        gateway.Backend.Answer = context => ScriptedBackend.WriteStreamAsync(context, stream);
        gateway.Audit.BeforeCommit = static () => Task.Delay(1_500);

        var answer = await gateway.SendAsync(TheGateway.Ask("hello", stream: true), gateway.Professional);

        Assert.Equal((HttpStatusCode.OK, stream), (answer.Status, answer.Text));
        var record = await gateway.Audit.OfAsync(answer.Headers["x-request-id"]);
        Assert.Equal(("released", (long)stream.Length), (record.Outcome, record.ReleasedBytes));
    }

    [Fact]
    public void Frames_without_text_cost_no_more_than_their_bytes()
    {
        using var bytes = new HeldBytes(1 << 20);
        var frames = new HeldFrames(bytes, Framing.Sse);
        var lines = new byte[1 << 16];
        Array.Fill(lines, (byte)'\n');
        var (before, read) = (GC.GetAllocatedBytesForCurrentThread(), 0);
        while (bytes.TryAppend(lines))
        {
            for (; frames.TryRead(out _); read++)
            {
                frames.Mark(0, StreamTail.Start, isHeld: false);
            }
        }

        Assert.Equal(1 << 20, read);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        var tail = StreamTail.Start;
        Assert.Equal(1 << 20, frames.UpTo(0, ref tail).Length);
    }

    [Fact]
    public void An_answer_with_more_choices_than_anybody_asks_for_is_never_whole()
    {
        var reader = new ChatDialect().CreateReader(Framing.Sse);
        reader.Read(Frame(0, 900));
        reader.Read(Frame(0, 900));
        Assert.Null(reader.Fault);
        reader.Read(Frame(900, 900));

        Assert.Equal("The backend's answer ended before it was whole.", reader.Finish().Fault);

        static byte[] Frame(int first, int count) => Encoding.UTF8.GetBytes(
            "data: {\"id\":\"c\",\"choices\":[" + string.Join(',', Enumerable.Range(first, count).Select(index => $"{{\"index\":{index},\"delta\":{{}},\"finish_reason\":\"stop\"}}")) + "]}\n\n");
    }

    private static object Alternative(string token, int more) => new
    {
        token,
        logprob = -0.1,
        bytes = Encoding.UTF8.GetBytes(token).Select(static one => (int)one),
        top_logprobs = Enumerable.Range(0, more).Select(static i => new { token = $"a{i % 10} ", logprob = -1.0, bytes = Encoding.UTF8.GetBytes($"a{i % 10} ").Select(static one => (int)one) }),
    };
}
