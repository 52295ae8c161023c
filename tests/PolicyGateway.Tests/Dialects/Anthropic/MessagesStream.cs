namespace PolicyGateway.Tests.Dialects.Anthropic;

/// <summary>Frames of Anthropic's streams, as tests put them together.</summary>
internal static class MessagesStream
{
    public static readonly string Start = Frame(
        "message_start", """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}""");

    public static readonly string End =
        Frame("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}""")
        + Frame("message_stop", """{"type":"message_stop"}""");

    public static readonly string Ping = Frame("ping", """{"type":"ping"}""");

    public static string Of(params string[] frames) => string.Concat(frames);

    public static string Frame(string name, string json) => $"event: {name}\ndata: {json}\n\n";

    public static string Open(int index, string block = """{"type":"text","text":""}""") =>
        Frame("content_block_start", $$$"""{"type":"content_block_start","index":{{{index}}},"content_block":{{{block}}}}""");

    public static string Delta(int index, string delta) =>
        Frame("content_block_delta", $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{{{delta}}}}""");

    public static string Text(int index, string text) => Delta(index, $$"""{"type":"text_delta","text":"{{text}}"}""");

    public static string Stop(int index) => Frame("content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""");

    /// <summary>A whole message of one block.</summary>
    public static string Message(params string[] pieces) =>
        Of([Start, Open(0), .. pieces.Select(piece => Text(0, piece)), Stop(0), End]);
}
