using System.Text.Json;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.OpenAI;

/// <summary>Reads what comes in choices (chat and plain completions); an answer is whole when each of its choices has its <c>finish_reason</c>.</summary>
internal sealed class ChoicesReader(AnswerMap map, Framing framing) : AnswerReader(map, framing)
{
    private readonly OpenEnds _choices = new();

    protected override bool IsWhole => _choices is { AnyOpen: false, AnyEnded: true };

    protected override bool IsEndMark(ReadOnlySpan<byte> data) => data.SequenceEqual("[DONE]"u8);

    protected override void Observe(string? type, JsonElement frame)
    {
        Tail = Tail with { Id = Tail.Id ?? (frame.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 } given ? given : null) };
        var usage = OpenAIUsage.Read(frame);
        Usage = usage ?? Usage;
        if (!frame.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        IsUsageFrame = usage is not null && choices.GetArrayLength() == 0;

        var position = 0;
        foreach (var choice in choices.EnumerateArray())
        {
            ObserveChoice(choice, position++);
        }
    }

    private void ObserveChoice(JsonElement choice, int position)
    {
        var index = choice.TryGetProperty("index", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var given)
            ? given
            : position;
        if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String)
        {
            _choices.End(index);
            Tail = Tail with { Finished = Tail.Finished | (index is >= 0 and < 64 ? 1UL << index : 0) };
        }
        else
        {
            _choices.Begin(index);
        }

        Tail = Tail with { HasBegun = true };
    }
}
