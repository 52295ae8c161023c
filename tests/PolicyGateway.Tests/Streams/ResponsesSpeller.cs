using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>OpenAI's responses: events with types, and what arrived in pieces once more in copies that close it.</summary>
internal sealed class ResponsesSpeller : IStreamSpeller
{
    public string Name => "openai.responses";

    public string Path => "/v1/responses";

    public string MediaType => "text/event-stream";

    public IReadOnlyList<string> Channels => ["output_text", "refusal", "reasoning_text", "summary", "arguments", "input", "code", "annotation", "queries"];

    public IReadOnlyList<string> SidePlaces =>
        ["text.done", "arguments.done", "part.done", "item.done", "snapshot", "encrypted", "logprobs", "comment", "field", "frame", "id"];

    public byte[] BrokenFrame => SseSpelling.Broken;

    public byte[] Tail => [];

    public string Request(string prompt, int choices) => JsonSerializer.Serialize(new { model = "m", stream = true, input = prompt });

    public IEnumerable<string> Open(int choices) => [Snapshot("created", "\"resp_1\"", "in_progress", "")];

    public string Text(int choice, string channel, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        return channel switch
        {
            "output_text" or "refusal" or "reasoning_text" => OfPart($"{channel}.delta", choice, $"\"delta\":{spelled}"),
            "summary" => OfItem("reasoning_summary_text.delta", choice, $"\"summary_index\":0,\"delta\":{spelled}"),
            "arguments" => OfItem("function_call_arguments.delta", choice, $"\"delta\":{spelled}"),
            "input" => OfItem("custom_tool_call_input.delta", choice, $"\"delta\":{spelled}"),
            "code" => OfItem("code_interpreter_call_code.delta", choice, $"\"delta\":{spelled}"),
            "annotation" => OfPart("output_text.annotation.added", choice, $"\"annotation_index\":0,\"annotation\":{{\"note\":{spelled}}}"),
            _ => OfItem("output_item.done", choice, $"\"item\":{{\"type\":\"file_search_call\",\"id\":\"fs_1\",\"status\":\"completed\",\"queries\":[{spelled}]}}"),
        };
    }

    public string Side(int choice, string place, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        var part = $$"""{"type":"output_text","text":{{spelled}}}""";
        return place switch
        {
            "text.done" => OfPart("output_text.done", choice, $"\"text\":{spelled}"),
            "arguments.done" => OfItem("function_call_arguments.done", choice, $"\"arguments\":{spelled}"),
            "part.done" => OfPart("content_part.done", choice, $"\"part\":{part}"),
            "item.done" => OfItem("output_item.done", choice, $"\"item\":{Message(part)}"),
            "snapshot" => Snapshot("in_progress", "\"resp_1\"", "in_progress", Message(part)),
            "encrypted" => OfItem("output_item.done", choice, $"\"item\":{{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":{spelled}}}"),
            "logprobs" => OfPart("output_text.delta", choice, $"\"delta\":\"\",\"logprobs\":[{{\"token\":{spelled},\"logprob\":-1.5}}]"),
            "comment" => ":" + text,
            "field" => OfPart("output_text.delta", choice, $"\"delta\":\"\",\"x_note\":{spelled}"),
            "frame" => OfItem("x_vendor", choice, $"\"note\":{spelled}"),
            _ => Snapshot("in_progress", spelled, "in_progress", ""),
        };
    }

    public IEnumerable<string> Close(int choices) => [Snapshot("completed", "\"resp_1\"", "completed", "")];

    public byte[] Frame(string json, Random random, bool isFirst) => SseSpelling.TypedFrame(json, random, isFirst);

    public bool IsBlock(string rest) =>
        rest.Contains("event: response.incomplete\n", StringComparison.Ordinal) && rest.Contains("\"reason\":\"content_filter\"", StringComparison.Ordinal);

    private static string Message(string part) => $"{{\"type\":\"message\",\"id\":\"msg_1\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":[{part}]}}";

    private static string OfPart(string type, int item, string members) => OfItem(type, item, "\"content_index\":0," + members);

    private static string OfItem(string type, int item, string members) =>
        $"{{\"type\":\"response.{type}\",\"sequence_number\":1,\"item_id\":\"item_{item}\",\"output_index\":{item},{members}}}";

    private static string Snapshot(string type, string id, string status, string output) =>
        $"{{\"type\":\"response.{type}\",\"sequence_number\":1,\"response\":{{\"id\":{id},\"object\":\"response\",\"created_at\":1,\"status\":\"{status}\",\"model\":\"m\",\"output\":[{output}]}}}}";
}
