namespace PolicyGateway.Tests.Compatibility.Spelling;

/// <summary>Anthropic's messages.</summary>
internal sealed class MessagesSpelling : IAnswerSpelling
{
    public string MediaType => "text/event-stream";

    public Spelled Stream(Said said)
    {
        var index = 0;
        List<string> frames = [Event(new { type = "message_start", message = Message([], null) }, "message_start")];
        if (said.Reasoning.Length > 0)
        {
            frames.Add(Start(index, new { type = "thinking", thinking = "", signature = "" }));
            frames.Add(Delta(index, new { type = "thinking_delta", thinking = said.Reasoning }));
            frames.Add(Delta(index, new { type = "signature_delta", signature = "c2lnbmVk" }));
            frames.Add(Stop(index++));
        }

        frames.Add(Start(index, new { type = "text", text = "" }));
        frames.AddRange(said.Choices[0].Select(piece => Delta(index, new { type = "text_delta", text = piece })));
        if (said.CallsTool)
        {
            frames.Add(Stop(index++));
            frames.Add(Start(index, new { type = "tool_use", id = "toolu_1", name = Said.Tool, input = new { } }));
            frames.AddRange(Said.Arguments.Chunk(8).Select(piece => Delta(index, new { type = "input_json_delta", partial_json = new string(piece) })));
        }

        return new Spelled(frames, [
            Stop(index),
            Event(new { type = "message_delta", delta = new { stop_reason = Reason(said), stop_sequence = (string?)null }, usage = new { output_tokens = 5 } }, "message_delta"),
            Event(new { type = "message_stop" }, "message_stop"),
        ]);
    }

    public object Whole(Said said) => Message([.. said.Texts.Select(text => new { type = "text", text })], Reason(said));

    private static string Reason(Said said) => said.CallsTool ? "tool_use" : "end_turn";

    private static object Message(object[] content, string? reason) => new
    {
        id = "msg_1",
        type = "message",
        role = "assistant",
        model = "m",
        content,
        stop_reason = reason,
        stop_sequence = (string?)null,
        usage = new { input_tokens = 3, output_tokens = 5 },
    };

    private static string Start(int index, object block) => Event(new { type = "content_block_start", index, content_block = block }, "content_block_start");

    private static string Delta(int index, object delta) => Event(new { type = "content_block_delta", index, delta }, "content_block_delta");

    private static string Stop(int index) => Event(new { type = "content_block_stop", index }, "content_block_stop");

    private static string Event(object json, string name) => Frames.NamedEvent(name, json);
}
