namespace PolicyGateway.Classification.Views;

/// <summary>Text packed as hex or binary digits: in one piece, or in groups with a separator between them, with or without 0x.</summary>
internal static class PackedDigits
{
    private const int MinBytes = 8;

    /// <summary>A run that was no text is looked at again from its second group on, if it is no longer than this.</summary>
    private const int MaxRetried = 256;

    /// <summary>What the digits at <paramref name="start"/> unpack to, if it is text, and where the next look for digits may begin.</summary>
    public static (int End, string? Text) At(string text, int start)
    {
        var first = GroupAt(text, start);
        var isOne = first.Length >= 2 * MinBytes;
        if (first.Length == 0 || (!isOne && !(first.End < text.Length && IsSeparator(text[first.End]))))
        {
            return (start, null);
        }

        var bytes = new List<byte>();
        var isBinary = first.Length % 8 == 0 && IsBinary(text, first);
        var (end, before, bytesBefore) = (start, start, 0);
        for (var group = first; group.Length > 0; group = NextGroup(text, end))
        {
            var count = bytes.Count;
            if (!(isBinary ? TryReadBits(text, group, bytes) : TryReadHex(text, group, bytes)))
            {
                break;
            }

            (before, bytesBefore, end) = (end, count, group.End);
        }

        if (ToText(bytes) is { } read)
        {
            return (end, read);
        }

        // A short word of the letters a to f may follow.
        bytes.RemoveRange(bytesBefore, bytes.Count - bytesBefore);
        return ToText(bytes) is { } shorter ? (before, shorter) : (end - start > MaxRetried ? end : first.End, null);
    }

    private static string? ToText(List<byte> bytes) => bytes.Count < MinBytes ? null : PlainBytes.ToText([.. bytes]);

    private static bool IsSeparator(char c) => c is ' ' or ':' or ',' or '-' or '\n';

    private static Group NextGroup(string text, int end)
    {
        var at = end;
        while (at < text.Length && at - end < 2 && IsSeparator(text[at]))
        {
            at++;
        }

        return at == end ? default : GroupAt(text, at);
    }

    private static Group GroupAt(string text, int at)
    {
        var start = at + 2 < text.Length && text[at] == '0' && text[at + 1] is 'x' or 'X' ? at + 2 : at;
        var end = start;
        while (end < text.Length && char.IsAsciiHexDigit(text[end]))
        {
            end++;
        }

        return (end - start) % 2 != 0 || (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) ? default : new Group(start, end);
    }

    private static bool IsBinary(string text, Group group) => text.AsSpan(group.Start, group.Length).IndexOfAnyExcept('0', '1') < 0;

    private static bool TryReadBits(string text, Group group, List<byte> bytes)
    {
        if (group.Length % 8 != 0 || !IsBinary(text, group))
        {
            return false;
        }

        for (var i = group.Start; i < group.End; i += 8)
        {
            bytes.Add(Convert.ToByte(text.Substring(i, 8), 2));
        }

        return true;
    }

    private static bool TryReadHex(string text, Group group, List<byte> bytes)
    {
        Span<byte> read = stackalloc byte[1];
        var count = bytes.Count;
        for (var i = group.Start; i < group.End; i += 2)
        {
            Convert.FromHexString(text.AsSpan(i, 2), read, out _, out _);
            if (!PlainBytes.MayBeText(read))
            {
                bytes.RemoveRange(count, bytes.Count - count);
                return false;
            }

            bytes.Add(read[0]);
        }

        return true;
    }

    private readonly record struct Group(int Start, int End)
    {
        public int Length => End - Start;
    }
}
