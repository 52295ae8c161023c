using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>OpenAI's plain completions as server-sent events.</summary>
internal sealed class CompletionsSpeller : IStreamSpeller
{
    public string Name => "openai.completions";

    public string Path => "/v1/completions";

    public string MediaType => "text/event-stream";

    public IReadOnlyList<string> Channels => ["text", "reasoning", "reasoning_content", "matched_stop"];

    public IReadOnlyList<string> SidePlaces => ["tokens", "top_logprobs", "comment", "unknown", "id"];

    public byte[] BrokenFrame => SseSpelling.Broken;

    public byte[] Tail => "data: [DONE]\n\n"u8.ToArray();

    public string Request(string prompt, int choices) => JsonSerializer.Serialize(new { model = "m", stream = true, n = choices, prompt });

    public IEnumerable<string> Open(int choices) => Enumerable.Range(0, choices).Select(choice => Chunk(choice, """, "text":"" """));

    public string Text(int choice, string channel, string text) => Chunk(choice, $$""", "{{channel}}":{{JsonSerializer.Serialize(text)}} """);

    public string Side(int choice, string place, string text)
    {
        var spelled = JsonSerializer.Serialize(text);
        return place switch
        {
            "tokens" => Chunk(choice, $$$""", "logprobs":{"tokens":[{{{spelled}}}]} """),
            "top_logprobs" => Chunk(choice, $$$""", "logprobs":{"top_logprobs":[{ {{{spelled}}}:-1.5}]} """),
            "comment" => ":" + text,
            "id" => $$"""{"id":{{spelled}},"choices":[]}""",
            _ => Chunk(choice, $$$""", "x_vendor":{"note":{{{spelled}}}} """),
        };
    }

    public IEnumerable<string> Close(int choices) => Enumerable.Range(0, choices).Select(choice => Chunk(choice, """, "text":"" """, "\"stop\""));

    public byte[] Frame(string json, Random random, bool isFirst) => SseSpelling.Frame(json, random, isFirst);

    public bool IsBlock(string rest) =>
        rest.Contains("\"finish_reason\":\"content_filter\"", StringComparison.Ordinal) && rest.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal);

    private static string Chunk(int index, string members, string finishReason = "null") =>
        $$"""{"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":{{index}}{{members}},"finish_reason":{{finishReason}}}]}""";
}
