using System.Buffers;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Release;

/// <summary>
/// A stream's bytes between the backend and the client, cut into frames. Each frame remembers how much text had arrived
/// behind it, so that the gate can say up to which frame a verdict reaches. Bytes leave in order, whole frames at a time.
/// </summary>
internal sealed class HeldFrames(HeldBytes bytes, Framing framing)
{
    private FrameSplitter _splitter = new(framing);
    private readonly Queue<Border> _borders = new();
    private Border? _last;
    private long _dropped;

    /// <summary>The next frame that is whole, or nothing. Valid until more bytes come.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> frame)
    {
        var rest = bytes.Unread;
        var length = _splitter.Next(rest.Span);
        frame = rest[..length];
        bytes.Advance(length);
        return length > 0;
    }

    /// <summary>Takes the frame that was read last out of the stream.</summary>
    public void Remove(int length) => bytes.RemoveRead(length);

    /// <summary>What stands behind the last border when the stream is over: a frame to clients that read to the end.</summary>
    public ReadOnlyMemory<byte> ReadRest()
    {
        var rest = bytes.Unread;
        bytes.Advance(rest.Length);
        return rest;
    }

    /// <summary>Says of the frames read since the last call that so much text had arrived behind them.</summary>
    /// <param name="arrived">Characters in order of arrival.</param>
    /// <param name="tail">Where the stream stands behind them.</param>
    /// <param name="isHeld">Whether nothing leaves before the end: then one border is enough.</param>
    public void Mark(int arrived, StreamTail tail, bool isHeld)
    {
        // Frames between which no text arrived leave together, and a stream may be nothing but such frames.
        if (_last is { } last && last.Arrived != arrived && !isHeld)
        {
            _borders.Enqueue(last);
        }

        _last = new Border(_dropped + bytes.Read, arrived, tail);
    }

    /// <summary>The bytes of all frames behind which at most so much text had arrived; empty where there is none.</summary>
    /// <param name="arrived">Characters in order of arrival.</param>
    /// <param name="tail">Where the stream stands behind them; unchanged where nothing may leave.</param>
    public ReadOnlySequence<byte> UpTo(int arrived, ref StreamTail tail)
    {
        var end = _dropped;
        while (_borders.TryPeek(out var border) && border.Arrived <= arrived)
        {
            (end, tail) = (border.End, border.Tail);
            _borders.Dequeue();
        }

        if (_last is { } last && last.Arrived <= arrived)
        {
            (end, tail, _last) = (last.End, last.Tail, null);
        }

        return bytes.First((int)(end - _dropped));
    }

    /// <summary>Lets go of the first bytes, which have left.</summary>
    public void Drop(int count)
    {
        bytes.Drop(count);
        _dropped += count;
    }

    /// <summary>As before the first byte.</summary>
    public void Restart()
    {
        _splitter = new FrameSplitter(framing);
        _borders.Clear();
        (_dropped, _last) = (0, null);
    }

    /// <param name="End">Counted from the start of the stream.</param>
    /// <param name="Arrived">Characters in order of arrival.</param>
    /// <param name="Tail">Where the stream stands.</param>
    private readonly record struct Border(long End, int Arrived, StreamTail Tail);
}
