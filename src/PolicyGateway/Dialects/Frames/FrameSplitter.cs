namespace PolicyGateway.Dialects.Frames;

/// <summary>
/// Finds where the frames of a stream end, while its bytes arrive in pieces of any size. Remembers how far it looked, so that
/// each byte is looked at once. Every byte belongs to a frame.
/// </summary>
internal sealed class FrameSplitter(Framing framing)
{
    private int _at;
    private bool _lineIsEmpty = true;
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>The length of the frame at the start of <paramref name="bytes"/>, or 0 while its end has not arrived.</summary>
    /// <param name="bytes">All bytes since the last frame's end; those that were passed before stand there unchanged.</param>
    public int Next(ReadOnlySpan<byte> bytes)
    {
        var end = framing switch
        {
            Framing.Sse => NextEvent(bytes),
            Framing.Ndjson => NextLine(bytes),
            Framing.JsonArray => NextElement(bytes),
            _ => 0,
        };
        if (end > 0)
        {
            (_at, _lineIsEmpty, _depth, _inString, _escaped) = (0, true, 0, false, false);
        }

        return end;
    }

    /// <summary>Behind the empty line that ends an event. Lines end in LF, CRLF or CR.</summary>
    private int NextEvent(ReadOnlySpan<byte> bytes)
    {
        while (_at < bytes.Length)
        {
            var skip = bytes[_at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (skip != 0)
            {
                _lineIsEmpty = false;
                _at = skip < 0 ? bytes.Length : _at + skip;
                continue;
            }

            // A CR at the very end may be half of a CRLF.
            if (bytes[_at] == '\r' && _at + 1 == bytes.Length)
            {
                return 0;
            }

            _at += bytes[_at] == '\r' && bytes[_at + 1] == '\n' ? 2 : 1;
            if (_lineIsEmpty)
            {
                return _at;
            }

            _lineIsEmpty = true;
        }

        return 0;
    }

    private int NextLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes[_at..].IndexOf((byte)'\n');
        var found = end < 0 ? 0 : _at + end + 1;
        _at = bytes.Length;
        return found;
    }

    /// <summary>Behind the brace that ends an element; what stands before it (bracket, comma, space) belongs to the frame.</summary>
    private int NextElement(ReadOnlySpan<byte> bytes)
    {
        for (; _at < bytes.Length; _at++)
        {
            var one = bytes[_at];
            if (_inString)
            {
                _inString = _escaped || one != '"';
                _escaped = !_escaped && one == '\\';
            }
            else if (one == '"')
            {
                _inString = true;
            }
            else if (one is (byte)'{')
            {
                _depth++;
            }
            else if (one is (byte)'}' && --_depth <= 0)
            {
                return ++_at;
            }
        }

        return 0;
    }
}
