using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>OpenAI's chat completions as server-sent events, by OpenAI's own path and by Azure's.</summary>
internal sealed class ChatSpeller(bool isAzure) : IStreamSpeller
{
    public string Name => isAzure ? "azure.chat" : "openai.chat";

    public string Path => isAzure ? "/openai/deployments/m/chat/completions?api-version=2024-10-21" : "/v1/chat/completions";

    public string MediaType => "text/event-stream";

    public IReadOnlyList<string> Channels => ["content", "reasoning_content", "refusal", "tool", "function", "annotations"];

    public IReadOnlyList<string> SidePlaces => ["logprobs", "comment", "unknown", "id"];

    public byte[] BrokenFrame => SseSpelling.Broken;

    public byte[] Tail => "data: [DONE]\n\n"u8.ToArray();

    public string Request(string prompt, int choices) => JsonSerializer.Serialize(new
    {
        model = "m",
        stream = true,
        n = choices,
        messages = new[] { new { role = "user", content = prompt } },
    });

    // Azure says first, in a frame without choices, what it thinks of the prompt.
    public IEnumerable<string> Open(int choices) => Enumerable.Repeat(
        """{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}""",
        isAzure ? 1 : 0).Concat(Opening(choices));

    private static IEnumerable<string> Opening(int choices) => Enumerable.Range(0, choices).Select(choice => Chunk(choice, new { role = "assistant", content = "" }));

    public string Text(int choice, string channel, string text) => channel switch
    {
        "tool" => Chunk(choice, new { tool_calls = new[] { new { index = 0, function = new { arguments = text } } } }),
        "function" => Chunk(choice, new { function_call = new { arguments = text } }),
        "annotations" => Chunk(choice, new { annotations = new[] { new { note = text } } }),
        "refusal" => Chunk(choice, new { refusal = text }),
        "reasoning_content" => Chunk(choice, new { reasoning_content = text }),
        _ => Chunk(choice, new { content = text }),
    };

    public string Side(int choice, string place, string text) => place switch
    {
        "logprobs" => JsonSerializer.Serialize(new
        {
            id = "chatcmpl-1",
            choices = new[] { new { index = choice, delta = new { }, logprobs = new { content = new[] { new { token = text, logprob = -1.5 } } }, finish_reason = (string?)null } },
        }),
        "comment" => ":" + text,
        "id" => JsonSerializer.Serialize(new { id = text, choices = Array.Empty<object>() }),
        _ => Chunk(choice, new { x_vendor = new { note = text } }),
    };

    public IEnumerable<string> Close(int choices) => Enumerable.Range(0, choices).Select(choice => Chunk(choice, new { }, "stop"));

    public byte[] Frame(string json, Random random, bool isFirst) => SseSpelling.Frame(json, random, isFirst);

    public bool IsBlock(string rest) =>
        rest.Contains("\"finish_reason\":\"content_filter\"", StringComparison.Ordinal) && rest.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal);

    private static string Chunk(int index, object delta, string? finishReason = null) => JsonSerializer.Serialize(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1,
        model = "m",
        choices = new[] { new { index, delta, finish_reason = finishReason } },
    });
}
