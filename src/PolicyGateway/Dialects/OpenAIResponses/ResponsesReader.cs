using System.Text.Json;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.OpenAIResponses;

/// <summary>
/// Reads a response. A body is whole when it says how it ended; a stream, when one of the events was there that end it.
/// </summary>
internal sealed class ResponsesReader(AnswerMap map, Framing framing) : AnswerReader(map, framing)
{
    private readonly Dictionary<string, int> _itemIndex = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _itemIds = [];
    private bool _hasEnded;

    protected override bool IsWhole => _hasEnded;

    // OpenAI sends none; some servers that speak its protocol end every stream with it.
    protected override bool IsEndMark(ReadOnlySpan<byte> data) => data.SequenceEqual("[DONE]"u8);

    protected override void Observe(string? type, JsonElement frame)
    {
        var response = frame;
        if (type is not null)
        {
            _hasEnded |= type is "response.completed" or "response.incomplete" or "response.failed" or "error";
            Tail = Tail with
            {
                HasBegun = Tail.HasBegun || type is "response.created",
                HasEnded = Tail.HasEnded || _hasEnded,
                Sequence = Next(frame),
                Items = type is "response.output_item.added" ? Tail.Items + 1 : Tail.Items,
            };
            ObservePiece(frame);
            if (!frame.TryGetProperty("response", out response) || response.ValueKind != JsonValueKind.Object)
            {
                return;
            }
        }
        else
        {
            _hasEnded = response.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String
                && status.GetString() is "completed" or "incomplete" or "failed";
        }

        Tail = Tail with { Id = Tail.Id ?? (response.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null) };
        Usage = OpenAIUsage.Read(response) ?? Usage;
    }

    /// <summary>
    /// Some clients join the pieces of an item by its id and some by its index. Where the two do not say the same of all pieces,
    /// one of them would read another text than the other.
    /// </summary>
    private void ObservePiece(JsonElement frame)
    {
        if (!frame.TryGetProperty("delta", out _)
            || !frame.TryGetProperty("item_id", out var id) || id.ValueKind != JsonValueKind.String || id.GetString() is not { Length: > 0 } item
            || !frame.TryGetProperty("output_index", out var number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out var index))
        {
            return;
        }

        if ((!_itemIndex.TryAdd(item, index) && _itemIndex[item] != index) || (!_itemIds.TryAdd(index, item) && _itemIds[index] != item))
        {
            Texts.MarkUnclassified();
        }
    }

    /// <summary>Behind the frame's own number; a server that does not number its frames is counted for.</summary>
    private long Next(JsonElement frame) =>
        frame.TryGetProperty("sequence_number", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var given)
            ? given + 1
            : Tail.Sequence + 1;
}
