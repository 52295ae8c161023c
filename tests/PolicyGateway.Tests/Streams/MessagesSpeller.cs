using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>Anthropic's messages: events with types, and blocks that are opened and closed.</summary>
internal sealed class MessagesSpeller : IStreamSpeller
{
    private static readonly string[] Blocks = ["text", "thinking", "tool_use", "redacted_thinking"];

    public string Name => "anthropic.messages";

    public string Path => "/v1/messages";

    public string MediaType => "text/event-stream";

    public IReadOnlyList<string> Channels => ["text", "thinking", "partial_json", "citation", "start", "input"];

    public IReadOnlyList<string> SidePlaces => ["signature", "encrypted", "comment", "field", "frame", "id"];

    public byte[] BrokenFrame => SseSpelling.Broken;

    public byte[] Tail => [];

    public string Request(string prompt, int choices) => JsonSerializer.Serialize(new
    {
        model = "m",
        stream = true,
        max_tokens = 100,
        messages = new[] { new { role = "user", content = prompt } },
    });

    public IEnumerable<string> Open(int choices) => Indices(choices)
        .Select(index => Start(index, $"{{\"type\":\"{Blocks[index % Blocks.Length]}\"}}"))
        .Prepend(Begin("\"msg_1\""))
        .Append("{\"type\":\"ping\"}");

    public string Text(int choice, string channel, string text)
    {
        var (index, spelled) = (choice * Blocks.Length, JsonSerializer.Serialize(text));
        return channel switch
        {
            "thinking" => Delta(index + 1, "thinking_delta", $"\"thinking\":{spelled}"),
            "partial_json" => Delta(index + 2, "input_json_delta", $"\"partial_json\":{spelled}"),
            "citation" => Delta(index, "citations_delta", $"\"citation\":{{\"type\":\"char_location\",\"cited_text\":{spelled}}}"),
            "start" => Start(index, $"{{\"type\":\"text\",\"text\":{spelled}}}"),
            "input" => Start(index + 2, $"{{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"input\":{{\"note\":{spelled}}}}}"),
            _ => Delta(index, "text_delta", $"\"text\":{spelled}"),
        };
    }

    public string Side(int choice, string place, string text)
    {
        var (index, spelled) = (choice * Blocks.Length, JsonSerializer.Serialize(text));
        return place switch
        {
            "signature" => Delta(index + 1, "signature_delta", $"\"signature\":{spelled}"),
            "encrypted" => Start(index + 3, $"{{\"type\":\"redacted_thinking\",\"data\":{spelled}}}"),
            "comment" => ":" + text,
            "field" => Delta(index, "text_delta", $"\"text\":\"\",\"x_note\":{spelled}"),
            "frame" => $"{{\"type\":\"x_vendor\",\"note\":{spelled}}}",
            _ => Begin(spelled),
        };
    }

    public IEnumerable<string> Close(int choices) => Indices(choices)
        .Select(index => $"{{\"type\":\"content_block_stop\",\"index\":{index}}}")
        .Append("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}")
        .Append("{\"type\":\"message_stop\"}");

    public byte[] Frame(string json, Random random, bool isFirst) => SseSpelling.TypedFrame(json, random, isFirst);

    public bool IsBlock(string rest) =>
        rest.Contains("\"stop_reason\":\"refusal\"", StringComparison.Ordinal) && rest.EndsWith("data: {\"type\":\"message_stop\"}\n\n", StringComparison.Ordinal);

    private static IEnumerable<int> Indices(int choices) => Enumerable.Range(0, choices * Blocks.Length);

    private static string Begin(string id) =>
        $"{{\"type\":\"message_start\",\"message\":{{\"id\":{id},\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"usage\":{{\"input_tokens\":5,\"output_tokens\":1}}}}}}";

    private static string Start(int index, string block) => $"{{\"type\":\"content_block_start\",\"index\":{index},\"content_block\":{block}}}";

    private static string Delta(int index, string type, string members) =>
        $"{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{type}\",{members}}}}}";
}
