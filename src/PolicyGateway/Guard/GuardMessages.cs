using System.Buffers;
using System.Text.Json;
using PolicyGateway.Dialects;

namespace PolicyGateway.Guard;

/// <summary>
/// What a guard model is sent and what it answers, as chat completions. An answer counts that says one of two things in the
/// agreed form and nothing else; <c>unsafe</c> may be followed by anything.
/// </summary>
internal static class GuardMessages
{
    private const int Deepest = 32;

    /// <summary>The question about a prompt, or about a completion with the prompt that it answers.</summary>
    /// <param name="options">The model and its format.</param>
    /// <param name="policy">The text of the policy; null where the format has none.</param>
    /// <param name="prompt">All that was asked.</param>
    /// <param name="completion">What was answered; null for a prompt alone.</param>
    public static ReadOnlyMemory<byte> Write(GuardOptions options, string? policy, string prompt, string? completion)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("model", options.Model);
            json.WriteStartArray("messages");
            if (options.Format == GuardFormat.Policy)
            {
                Message(json, "system", policy!);
                Message(json, "user", completion is null ? prompt : $"User:\n{prompt}\n\nAssistant:\n{completion}");
            }
            else
            {
                Message(json, "user", prompt);
                if (completion is not null)
                {
                    Message(json, "assistant", completion);
                }
            }

            json.WriteEndArray();
            json.WriteNumber("temperature", 0);
            json.WriteNumber("max_tokens", options.MaxTokens);
            json.WriteBoolean("stream", false);
            json.WriteEndObject();
        }

        return body.WrittenMemory;
    }

    /// <summary>Reads a whole answer: one choice that ended by itself, and in it the verdict.</summary>
    public static GuardAnswer Read(GuardFormat format, ReadOnlyMemory<byte> body)
    {
        using var document = StrictJson.Parse(body, Deepest, out _);
        try
        {
            return document is null || ContentOf(document.RootElement) is not { } content ? GuardAnswer.Malformed
                : format == GuardFormat.LlamaGuard ? OfWords(content.Trim())
                : OfPolicy(content);
        }
        catch (InvalidOperationException)
        {
            // Text that is not valid Unicode.
            return GuardAnswer.Malformed;
        }
    }

    private static void Message(Utf8JsonWriter json, string role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", content);
        json.WriteEndObject();
    }

    private static string? ContentOf(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object
        && answer.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() == 1
        && choices[0] is { ValueKind: JsonValueKind.Object } choice
        && choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String && reason.ValueEquals("stop")
        && choice.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object
        && message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
            ? content.GetString()
            : null;

    private static GuardAnswer OfWords(string content) =>
        content == "safe" ? GuardAnswer.Safe
        : content.AsSpan(0, Math.Max(0, content.AsSpan().IndexOfAny('\r', '\n'))).TrimEnd() is "unsafe" || content == "unsafe" ? GuardAnswer.Unsafe
        : GuardAnswer.Malformed;

    private static GuardAnswer OfPolicy(string content)
    {
        using var document = StrictJson.Parse(System.Text.Encoding.UTF8.GetBytes(content), Deepest, out _);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("violation", out var violation))
        {
            return GuardAnswer.Malformed;
        }

        return violation.ValueKind switch
        {
            JsonValueKind.False => GuardAnswer.Safe,
            JsonValueKind.True => GuardAnswer.Unsafe,
            JsonValueKind.Number when violation.TryGetInt32(out var number) && number is 0 or 1 => number == 0 ? GuardAnswer.Safe : GuardAnswer.Unsafe,
            _ => GuardAnswer.Malformed,
        };
    }
}
