using System.Text.Json;

namespace PolicyGateway.Dialects;

/// <summary>Reads <c>usage</c> under the names that OpenAI's and Anthropic's protocols give its members.</summary>
internal static class OpenAIUsage
{
    /// <summary>Null where the frame has none.</summary>
    public static TokenUsage? Read(JsonElement frame) =>
        frame.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
            ? new TokenUsage(Count(usage, "prompt_tokens", "input_tokens"), Count(usage, "completion_tokens", "output_tokens"))
            : null;

    private static long Count(JsonElement usage, string name, string otherName) =>
        (usage.TryGetProperty(name, out var count) || usage.TryGetProperty(otherName, out count))
        && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var tokens) && tokens >= 0
            ? tokens
            : 0;
}
