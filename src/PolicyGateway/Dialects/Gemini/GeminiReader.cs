using System.Text.Json;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Gemini;

/// <summary>
/// Reads what <c>generateContent</c> answers; it is whole when each candidate has its <c>finishReason</c>, or when the
/// backend would not answer at all and says so in <c>promptFeedback</c>.
/// </summary>
internal sealed class GeminiReader(AnswerMap map, Framing framing) : AnswerReader(map, framing)
{
    private readonly OpenEnds _candidates = new();
    private bool _isRefused;

    protected override bool IsWhole => !_candidates.AnyOpen && (_isRefused || _candidates.AnyEnded);

    protected override void Observe(string? type, JsonElement frame)
    {
        ObserveUsage(frame.Find("usageMetadata", "usage_metadata"));
        _isRefused |= IsReason(frame.Find("promptFeedback", "prompt_feedback").Find("blockReason", "block_reason"));
        Tail = Tail with { HasBegun = true, Id = Tail.Id ?? frame.Find("responseId", "response_id").AsString() };
        if (!frame.TryGetProperty("candidates", out var candidates) || candidates.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var position = 0;
        foreach (var candidate in candidates.EnumerateArray())
        {
            ObserveCandidate(candidate, position++);
        }
    }

    private void ObserveCandidate(JsonElement candidate, int position)
    {
        // A number that is 0 is left out by protocol buffers.
        var index = candidate.TryGetProperty("index", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var given)
            ? given
            : position;
        if (IsReason(candidate.Find("finishReason", "finish_reason")))
        {
            _candidates.End(index);
            Tail = Tail with { Finished = Tail.Finished | (index is >= 0 and < 64 ? 1UL << index : 0) };
        }
        else
        {
            _candidates.Begin(index);
        }
    }

    private void ObserveUsage(JsonElement usage)
    {
        if (usage.ValueKind == JsonValueKind.Object)
        {
            Usage = new TokenUsage(
                usage.Find("promptTokenCount", "prompt_token_count").AsCount(),
                usage.Find("candidatesTokenCount", "candidates_token_count").AsCount() + usage.Find("thoughtsTokenCount", "thoughts_token_count").AsCount());
        }
    }

    /// <summary>A reason that is not specified is none.</summary>
    private static bool IsReason(JsonElement reason) =>
        reason.AsString() is { Length: > 0 } word && !word.EndsWith("_UNSPECIFIED", StringComparison.Ordinal);
}
