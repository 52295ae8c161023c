using System.Buffers;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Anthropic;
using PolicyGateway.Dialects.Frames;
using static PolicyGateway.Tests.Dialects.Anthropic.MessagesStream;

namespace PolicyGateway.Tests.Dialects.Anthropic;

public sealed class MessagesStreamTests
{
    private static readonly MessagesDialect Dialect = new();

    public static TheoryData<string> Places => new(
        Message("NEE", "DLE"),
        Of(Start, Open(0, """{"type":"thinking","thinking":""}"""), Delta(0, """{"type":"thinking_delta","thinking":"NEE"}"""), Delta(0, """{"type":"thinking_delta","thinking":"DLE"}"""), Stop(0), End),
        Of(Start, Open(0, """{"type":"tool_use","id":"1","name":"f","input":{}}"""), Delta(0, """{"type":"input_json_delta","partial_json":"{\"a\":\"NEE"}"""), Delta(0, """{"type":"input_json_delta","partial_json":"DLE\"}"}"""), Stop(0), End),
        Of(Start, Open(0), Delta(0, """{"type":"citations_delta","citation":{"type":"char_location","cited_text":"NEEDLE"}}"""), Stop(0), End),
        Of(Start, Open(0), Delta(0, """{"type":"citations_delta","citation":{"type":"web_search_result_location","title":"NEEDLE"}}"""), Stop(0), End),
        Of(Start, Open(0), Delta(0, """{"type":"signature_delta","signature":"NEEDLE"}"""), Stop(0), End),
        Of(Start, Open(0), Delta(0, """{"type":"compaction_delta","content":"NEEDLE"}"""), Stop(0), End),
        Of(Start, Open(0), Delta(0, """{"type":"future_delta","future":"NEE"}"""), Delta(0, """{"type":"future_delta","future":"DLE"}"""), Stop(0), End),
        // Split over what a block begins with and what follows.
        Of(Start, Open(0, """{"type":"text","text":"NEE"}"""), Text(0, "DLE"), Stop(0), End),
        // Split over two blocks, and over two kinds of text.
        Of(Start, Open(0), Text(0, "NEE"), Stop(0), Open(1), Text(1, "DLE"), Stop(1), End),
        Of(Start, Open(0, """{"type":"thinking","thinking":""}"""), Delta(0, """{"type":"thinking_delta","thinking":"NEE"}"""), Stop(0), Open(1), Text(1, "DLE"), Stop(1), End),
        // A client that joins by index reads what arrives between the pieces of another block.
        Of(Start, Open(0), Open(1), Text(0, "NEE"), Text(1, "xx"), Text(0, "DLE"), Stop(0), Stop(1), End),
        Of(Start, Open(0, """{"type":"text","text":"NEE"}"""), Open(1), Text(1, "xx"), Text(0, "DLE"), Stop(0), Stop(1), End),
        Of(Message("a"), Text(0, "NEEDLE")),
        Of(Start, Frame("ping", """{"type":"ping","note":"NEEDLE"}"""), End),
        Of(Start, Frame("message_delta", """{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"explanation":"NEEDLE"}}}"""), Frame("message_stop", """{"type":"message_stop"}""")),
        Of(Start, Frame("message_delta", """{"type":"message_delta","delta":{"stop_reason":"NEE"}}"""), Frame("message_delta", """{"type":"message_delta","delta":{"stop_reason":"DLE"}}"""), Frame("message_stop", """{"type":"message_stop"}""")),
        Of(Start, Frame("future_event", """{"type":"future_event","x":{"y":"NEEDLE"}}"""), End),
        Of(Start, Frame("NEEDLE", """{"type":"ping"}"""), End),
        Of(Start, ": NEE\n\n: DLE\n\n", End),
        Of(Start, "id: NEE\n\nid: DLE\n\n", End),
        Of(Start, "data: {\"type\":\"content_block_start\",\"index\":0,\ndata: \"content_block\":{\"type\":\"text\",\"text\":\"NEEDLE\"}}\r\n\r\n", Stop(0), End),
        Of(Start, Open(0, """{"type":"tool_use","id":"NEE","name":"f","input":{}}"""), Stop(0), Open(1, """{"type":"tool_use","id":"DLE","name":"f","input":{}}"""), Stop(1), End));

    public static TheoryData<string> Broken => new(
        "",
        "hello",
        "data: not json\n\n",
        Ping,
        Start,
        End,
        Of(Start, Open(0), Text(0, "a")),
        Of(Start, Open(0), Text(0, "a"), End),
        Of(Start, Open(0), Text(0, "a"), Stop(0)),
        Of(Start, Frame("message_stop", """{"type":"message_stop"}""")),
        Of(Start, Frame("message_delta", """{"type":"message_delta","delta":{"stop_reason":null}}"""), Frame("message_stop", """{"type":"message_stop"}""")),
        Message("a").Replace("event: message_stop", "event: x", StringComparison.Ordinal).Replace("\"message_stop\"", "\"x\"", StringComparison.Ordinal),
        Of(Start, Frame("error", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""")),
        Of(Start, Frame("error", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""), End),
        Of(Start, Frame("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"text":"a","text":"b"}}"""), End),
        Of(Start, Frame("content_block_delta", """{"type":"content_block_delta","index":0}"""), End),
        Of(Start, Open(0), Text(0, "\\ud800"), Stop(0), End));

    [Theory]
    [MemberData(nameof(Places))]
    public void Everything_that_a_client_can_read_of_a_stream_is_judged(string stream)
    {
        var completion = Read(stream).Finish();

        Assert.Null(completion.Fault);
        Assert.Contains(completion.Texts, text => text.Contains("NEEDLE", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_stream_that_is_no_whole_message_is_a_fault(string stream) => Assert.NotNull(Read(stream).Finish().Fault);

    [Fact]
    public void An_ordinary_stream_has_no_text_but_its_content()
    {
        var reader = Read(ConventionTests.ReadDocument("tests/Fixtures/anthropic.messages/stream.txt"));

        Assert.Null(reader.Finish().Fault);
        Assert.False(reader.HasUnknown);
        Assert.Equal(
            ["Twelve percent is dry.", "EqQBCgIYAhIM", "the herbs were dry on Monday", "Garden notes", "The herbs need water.", "open_valve", "{\"bed\": \"herbs\", \"minutes\": 5}"],
            reader.Texts.Channels.Select(channel => channel.ToString()));
        Assert.Equal(("msg_01", new TokenUsage(214, 61)), (reader.Tail.Id, reader.Usage));
        Assert.Equal(["hello"], Read(Of(Start, Ping, Open(0), Text(0, "hel"), Ping, Text(0, "lo"), Stop(0), End, "data: [DONE]\n\n")).Finish().Texts.ToArray());
    }

    [Theory]
    [InlineData("future_event", """{"type":"future_event"}""", true)]
    [InlineData("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"future_delta"}}""", true)]
    [InlineData("ping", """{"type":"ping","x":1}""", true)]
    [InlineData("ping", """{"type":"ping"}""", false)]
    public void A_frame_that_nobody_knows_is_reported(string name, string frame, bool isUnknown) =>
        Assert.Equal(isUnknown, Read(Of(Start, Open(0), Frame(name, frame))).HasUnknown);

    [Fact]
    public void The_tail_follows_the_stream_frame_by_frame()
    {
        var reader = Dialect.CreateReader(Framing.Sse);
        StreamTail After(string frame)
        {
            reader.Read(Encoding.UTF8.GetBytes(frame));
            return reader.Tail;
        }

        Assert.Equal(StreamTail.Start, After(Ping));
        Assert.Equal((true, -1), Where(After(Start)));
        Assert.Equal((true, 0), Where(After(Open(0))));
        Assert.Equal((true, 0), Where(After(Text(0, "a"))));
        Assert.Equal((true, -1), Where(After(Stop(0))));
        Assert.Equal((true, 1), Where(After(Open(1))));
        Assert.Equal((true, -1), Where(After(Stop(1))));
        Assert.Equal(1UL, After(End[(End.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]).Finished);
    }

    [Theory]
    [InlineData("", "message_start message_delta message_stop")]
    [InlineData("ping", "message_start message_delta message_stop")]
    [InlineData("start", "message_delta message_stop")]
    [InlineData("start open0 text0", "content_block_stop message_delta message_stop")]
    [InlineData("start open0 text0 stop0", "message_delta message_stop")]
    [InlineData("start open0 text0 stop0 open1", "content_block_stop message_delta message_stop")]
    [InlineData("start open0 text0 stop0 end", "")]
    public void A_block_ends_the_stream_as_the_protocol_does(string released, string expected)
    {
        var before = string.Concat(released.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(frame => frame switch
        {
            "ping" => Ping,
            "start" => Start,
            "end" => End,
            "text0" => Text(0, "a"),
            _ when frame.StartsWith("open", StringComparison.Ordinal) => Open(frame[^1] - '0'),
            _ => Stop(frame[^1] - '0'),
        }));
        var reader = Read(before);
        var output = new ArrayBufferWriter<byte>();
        var error = new GatewayError(403, "permission_error", "verification_required", "Held back.") { DecisionId = "dec_1", Category = "cyber", RequiredCredentials = ["security-professional"] };

        Dialect.WriteBlock(output, new Prompt("m", Framing.Sse, 1, [], false, default), DateTimeOffset.UnixEpoch, error, reader.Tail);

        var block = Encoding.UTF8.GetString(output.WrittenSpan);
        var frames = block.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(ParseFrame).ToArray();
        Assert.Equal(expected, string.Join(' ', frames.Select(frame => frame.GetProperty("type").GetString())));
        if (frames.FirstOrDefault(frame => frame.GetProperty("type").GetString() == "message_delta") is { ValueKind: JsonValueKind.Object } delta)
        {
            Assert.Equal("refusal", delta.GetProperty("delta").GetProperty("stop_reason").GetString());
            var details = delta.GetProperty("delta").GetProperty("stop_details");
            Assert.Equal(("refusal", "cyber", "Held back."), (Member(details, "type"), Member(details, "category"), Member(details, "explanation")));
            Assert.Equal(("verification_required", "dec_1"), (Member(details, "code"), Member(details, "decision_id")));
            Assert.Equal("security-professional", details.GetProperty("required_credentials")[0].GetString());
            Assert.Equal(JsonValueKind.Number, delta.GetProperty("usage").GetProperty("output_tokens").ValueKind);
        }

        // Together they are one whole message that this very dialect reads.
        Assert.Null(Read(before + block).Finish().Fault);
    }

    [Fact]
    public void A_failure_is_an_error_event()
    {
        var output = new ArrayBufferWriter<byte>();

        Dialect.WriteStreamFailure(output, new Prompt("m", Framing.Sse, 1, [], false, default), new GatewayError(502, "server_error", "upstream_failed", "It broke off.") { DecisionId = "dec_1" });

        var frame = ParseFrame(Encoding.UTF8.GetString(output.WrittenSpan).TrimEnd());
        Assert.Equal("api_error", Member(frame.GetProperty("error"), "type"));
        Assert.Equal("event: ping\ndata: {\"type\": \"ping\"}\n\n", Encoding.UTF8.GetString(Dialect.KeepAlive(Framing.Sse).Span));
    }

    private static AnswerReader Read(string stream) => Dialect.Read(Encoding.UTF8.GetBytes(stream), Framing.Sse);

    private static (bool HasBegun, int OpenBlock) Where(StreamTail tail) => (tail.HasBegun, tail.OpenBlock);

    private static string? Member(JsonElement holder, string name) => holder.GetProperty(name).GetString();

    /// <summary>One event, whose name must be the type of its data.</summary>
    private static JsonElement ParseFrame(string frame)
    {
        var lines = frame.Split('\n');
        Assert.Equal(2, lines.Length);
        var data = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
        Assert.Equal(lines[0], $"event: {data.GetProperty("type").GetString()}");
        return data;
    }
}
