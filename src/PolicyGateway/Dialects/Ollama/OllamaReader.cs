using System.Text.Json;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Ollama;

/// <summary>Reads chats and generated texts; an answer is whole when it says <c>done</c>. It has no id.</summary>
internal sealed class OllamaReader(AnswerMap map, Framing framing) : AnswerReader(map, framing)
{
    protected override bool IsWhole => Tail.Finished != 0;

    protected override void Observe(string? type, JsonElement frame)
    {
        var isDone = frame.TryGetProperty("done", out var done) && done.ValueKind == JsonValueKind.True;
        Tail = Tail with { HasBegun = true, Finished = Tail.Finished | (isDone ? 1UL : 0) };
        if (isDone)
        {
            Usage = new TokenUsage(Count(frame, "prompt_eval_count"), Count(frame, "eval_count"));
        }
    }

    /// <summary>The count of that name; 0 where there is none, as where all of a prompt was in the cache.</summary>
    public static long Count(JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var tokens) && tokens >= 0
            ? tokens
            : 0;
}
