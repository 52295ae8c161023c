using System.Text.Json;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Dialects.Anthropic;

/// <summary>
/// Reads messages. A stream is whole when the message began, each of its blocks was closed, its <c>stop_reason</c> was said
/// and <c>message_stop</c> came; an error in it makes it never whole.
/// </summary>
internal sealed class MessagesReader(Framing framing)
    : AnswerReader(framing == Framing.Sse ? MessagesFields.Frames : MessagesFields.Answer, framing)
{
    private readonly bool _isStream = framing == Framing.Sse;
    private readonly OpenEnds _blocks = new();
    private readonly Dictionary<int, string?> _types = [];
    private bool _hasReason;
    private bool _hasFailed;

    protected override bool IsWhole =>
        _hasReason && !_hasFailed && (!_isStream || (Tail is { HasBegun: true, Finished: 1 } && !_blocks.AnyOpen));

    /// <summary>No mark of this protocol, but vLLM writes OpenAI's behind <c>message_stop</c>; clients skip an event without a name.</summary>
    protected override bool IsEndMark(ReadOnlySpan<byte> data) => data.SequenceEqual("[DONE]"u8);

    protected override void Observe(string? type, JsonElement frame)
    {
        switch (type)
        {
            case null:
                ObserveMessage(frame);
                ObserveReason(frame);
                break;
            case "message_start" when frame.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object:
                ObserveMessage(message);
                Tail = Tail with { HasBegun = true };
                break;
            case "content_block_start":
                _blocks.Begin(Index(frame));
                ObserveBlock(frame);
                break;
            case "content_block_stop":
                _blocks.Close(Index(frame));
                break;
            case "message_delta":
                TakeUsage(frame);
                if (frame.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.Object)
                {
                    ObserveReason(delta);
                }

                break;
            case "message_stop":
                Tail = Tail with { Finished = 1 };
                break;
            case "error":
                _hasFailed = true;
                break;
        }

        Tail = Tail with { OpenBlock = _blocks.Highest };
    }

    private void ObserveMessage(JsonElement message)
    {
        Tail = Tail with { Id = Tail.Id ?? (message.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null) };
        TakeUsage(message);
    }

    /// <summary>
    /// What a block says that it is, clients ask of each of its pieces. An index that was another type's before is one block for
    /// some of them and two for others.
    /// </summary>
    private void ObserveBlock(JsonElement frame)
    {
        var type = frame.TryGetProperty("content_block", out var block) && block.ValueKind == JsonValueKind.Object
            && block.TryGetProperty("type", out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;
        if (!_types.TryAdd(Index(frame), type) && _types[Index(frame)] != type)
        {
            Texts.MarkUnclassified();
        }
    }

    private void ObserveReason(JsonElement holder) =>
        _hasReason |= holder.TryGetProperty("stop_reason", out var reason) && reason.ValueKind == JsonValueKind.String;

    /// <summary>Counts are of the whole message so far; what does not change may be left out behind its start.</summary>
    private void TakeUsage(JsonElement holder)
    {
        if (OpenAIUsage.Read(holder) is { } usage)
        {
            Usage = new TokenUsage(Math.Max(usage.Input, Usage?.Input ?? 0), Math.Max(usage.Output, Usage?.Output ?? 0));
            Tail = Tail with { OutputTokens = Usage.Value.Output };
        }
    }

    private static int Index(JsonElement frame) =>
        frame.TryGetProperty("index", out var index) && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out var given) ? given : 0;
}

/// <summary>Reads the count of a request's tokens: one number.</summary>
internal sealed class CountReader() : AnswerReader(MessagesFields.Count, Framing.Json)
{
    private bool _hasCount;

    protected override bool IsWhole => _hasCount;

    protected override void Observe(string? type, JsonElement frame) =>
        _hasCount = frame.TryGetProperty("input_tokens", out var count) && count.ValueKind == JsonValueKind.Number;
}
