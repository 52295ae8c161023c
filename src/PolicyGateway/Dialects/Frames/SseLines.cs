namespace PolicyGateway.Dialects.Frames;

/// <summary>
/// Cuts a server-sent event into lines. Lines end in LF, CRLF or CR, a byte order mark may lead, and the lines of one
/// event's data are joined with LF, as https://html.spec.whatwg.org/multipage/server-sent-events.html says.
/// </summary>
/// <param name="bytes">One event, or several.</param>
/// <param name="isFirst">Whether they open the stream.</param>
internal ref struct SseLines(ReadOnlyMemory<byte> bytes, bool isFirst)
{
    private ReadOnlyMemory<byte> _rest = isFirst && bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;

    /// <summary>Reads one line without its end; false at the end of the bytes. A last line without an end is one, too.</summary>
    public bool TryReadLine(out ReadOnlyMemory<byte> line)
    {
        if (_rest.IsEmpty)
        {
            line = default;
            return false;
        }

        var end = _rest.Span.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
        {
            (line, _rest) = (_rest, default);
            return true;
        }

        line = _rest[..end];
        var skip = _rest.Span[end] == '\r' && end + 1 < _rest.Length && _rest.Span[end + 1] == '\n' ? 2 : 1;
        _rest = _rest[(end + skip)..];
        return true;
    }

    /// <summary>Splits a line into its field and value; a comment has an empty field.</summary>
    public static (ReadOnlyMemory<byte> Field, ReadOnlyMemory<byte> Value) Split(ReadOnlyMemory<byte> line)
    {
        var colon = line.Span.IndexOf((byte)':');
        if (colon < 0)
        {
            return (line, default);
        }

        var value = line[(colon + 1)..];
        return (line[..colon], value.Span.StartsWith(" "u8) ? value[1..] : value);
    }
}
