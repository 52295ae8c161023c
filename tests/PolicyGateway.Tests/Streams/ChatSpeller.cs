using System.Text;
using System.Text.Json;

namespace PolicyGateway.Tests.Streams;

/// <summary>OpenAI's chat completions as server-sent events.</summary>
internal sealed class ChatSpeller : IStreamSpeller
{
    public string Name => "openai.chat";

    public string Path => "/v1/chat/completions";

    public string MediaType => "text/event-stream";

    public IReadOnlyList<string> Channels => ["content", "reasoning_content", "refusal", "tool"];

    public IReadOnlyList<string> SidePlaces => ["logprobs", "comment", "unknown", "id"];

    public byte[] Tail => "data: [DONE]\n\n"u8.ToArray();

    public string Request(string prompt, int choices) => JsonSerializer.Serialize(new
    {
        model = "m",
        stream = true,
        n = choices,
        messages = new[] { new { role = "user", content = prompt } },
    });

    public IEnumerable<string> Open(int choices) => Enumerable.Range(0, choices).Select(choice => Chunk(choice, new { role = "assistant", content = "" }));

    public string Text(int choice, string channel, string text) => channel switch
    {
        "tool" => Chunk(choice, new { tool_calls = new[] { new { index = 0, function = new { arguments = text } } } }),
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

/// <summary>Server-sent events in every form that the standard allows.</summary>
internal static class SseSpelling
{
    /// <summary>A document as an event, or a line that begins with a colon as a comment.</summary>
    public static byte[] Frame(string json, Random random, bool isFirst, string? type = null)
    {
        var end = random.Next(6) switch { 0 => "\r\n", 1 => "\r", _ => "\n" };
        var frame = new StringBuilder(isFirst && random.Next(10) == 0 ? "\uFEFF" : "");
        if (json.StartsWith(':'))
        {
            return Encoding.UTF8.GetBytes(frame.Append(json).Append(end).Append(end).ToString());
        }

        if (random.Next(12) == 0)
        {
            frame.Append(": a comment").Append(end);
        }

        if (type is not null)
        {
            frame.Append("event: ").Append(type).Append(end);
        }

        // White space between two tokens may be a line's end, which data then spans.
        var cut = random.Next(8) == 0 ? json.IndexOf("\",\"", StringComparison.Ordinal) : -1;
        foreach (var line in cut < 0 ? [json] : new[] { json[..(cut + 2)], json[(cut + 2)..] })
        {
            frame.Append(random.Next(4) == 0 ? "data:" : "data: ").Append(line).Append(end);
        }

        return Encoding.UTF8.GetBytes(frame.Append(end).ToString());
    }
}
