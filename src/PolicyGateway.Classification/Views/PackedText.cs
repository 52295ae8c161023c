namespace PolicyGateway.Classification.Views;

/// <summary>
/// Text packed as base64 (with any alphabet and padding, in UTF-8 or UTF-16), hex digits or binary digits. Only what unpacks
/// to text is replaced: images, keys and hashes stay as they are.
/// </summary>
internal static class PackedText
{
    private const int MinBase64 = 12;
    private const int MinBytes = 8;

    /// <summary>A line of wrapped base64 has at least so many characters.</summary>
    private const int MinWrappedLine = 40;

    /// <summary>Unpacks <paramref name="escaped"/>, or <paramref name="text"/> where that is null.</summary>
    public static TextView? Apply(TextView? escaped, string text, TextView? under, int maxLength)
    {
        var source = escaped?.Text ?? text;
        var builder = new ViewBuilder(source, maxLength);
        var noDigitsBefore = 0; // groups that were looked at once are not looked at again, one shorter
        for (var i = 0; i < source.Length;)
        {
            if (!IsBase64(source[i]) || (i > 0 && IsBase64(source[i - 1])))
            {
                i++;
                continue;
            }

            if (i >= noDigitsBefore)
            {
                noDigitsBefore = DigitsEnd(source, i, out var digits, out var isBinary);
                if (TryReplace(builder, i, noDigitsBefore, isBinary ? Bits(digits) : Nibbles(digits)))
                {
                    i = noDigitsBefore;
                    continue;
                }
            }

            var end = Base64End(source, i);
            i = TryReplace(builder, i, end, Base64(source.AsSpan(i, end - i))) ? end : Math.Max(end, i + 1);
        }

        return builder.Finish(ViewNames.Decoded, escaped ?? under) ?? escaped;
    }

    private static bool TryReplace(ViewBuilder builder, int start, int end, byte[]? bytes)
    {
        if (bytes is null || bytes.Length < MinBytes || PlainBytes.ToText(bytes) is not { } text)
        {
            return false;
        }

        builder.Replace(start, end - start, text);
        return true;
    }

    private static bool IsBase64(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_' or '=';

    /// <summary>Groups of an even number of hex digits, or of eight binary ones, with the same separator between them.</summary>
    private static int DigitsEnd(string text, int start, out List<char>? digits, out bool isBinary)
    {
        digits = null;
        isBinary = false;
        var first = GroupEnd(text, start);
        if (first < 0 || (first - start < 2 * MinBytes && !(first < text.Length && IsSeparator(text[first]))))
        {
            return start;
        }

        digits = [];
        isBinary = true;
        var (at, end) = (start, start);
        while (at < text.Length && GroupEnd(text, at) is > 0 and var groupEnd)
        {
            for (var i = at + (IsPrefixed(text, at) ? 2 : 0); i < groupEnd; i++)
            {
                isBinary &= text[i] is '0' or '1';
                digits.Add(text[i]);
            }

            end = groupEnd;
            at = groupEnd;
            while (at < text.Length && at - end < 2 && IsSeparator(text[at]))
            {
                at++;
            }

            if (at == end)
            {
                break;
            }
        }

        isBinary &= digits.Count >= 8 * MinBytes;
        return end;
    }

    private static bool IsSeparator(char c) => c is ' ' or ':' or ',' or '-' or '\n';

    private static bool IsPrefixed(string text, int at) => at + 2 < text.Length && text[at] == '0' && text[at + 1] is 'x' or 'X';

    private static int GroupEnd(string text, int start)
    {
        var from = start + (IsPrefixed(text, start) ? 2 : 0);
        var i = from;
        while (i < text.Length && char.IsAsciiHexDigit(text[i]))
        {
            i++;
        }

        return i > from && (i - from) % 2 == 0 && (i == text.Length || !char.IsAsciiLetterOrDigit(text[i])) ? i : -1;
    }

    private static byte[]? Nibbles(List<char>? digits)
    {
        if (digits is null || digits.Count < 2 * MinBytes)
        {
            return null;
        }

        var bytes = new byte[digits.Count / 2];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((Value(digits[2 * i]) << 4) | Value(digits[(2 * i) + 1]));
        }

        return bytes;
    }

    private static byte[]? Bits(List<char>? digits)
    {
        if (digits is null)
        {
            return null;
        }

        var bytes = new byte[digits.Count / 8];
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            bytes[i / 8] = (byte)((bytes[i / 8] << 1) | (digits[i] - '0'));
        }

        return bytes;
    }

    private static int Value(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;

    private static int Base64End(string text, int start)
    {
        var lineStart = start;
        var i = start;
        for (; i < text.Length; i++)
        {
            if (IsBase64(text[i]))
            {
                continue;
            }

            var wrap = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 2 : text[i] == '\n' ? 1 : 0;
            if (wrap == 0 || i - lineStart < MinWrappedLine || i + wrap == text.Length || !IsBase64(text[i + wrap]))
            {
                break;
            }

            i += wrap - 1;
            lineStart = i + 1;
        }

        return i;
    }

    private static byte[]? Base64(ReadOnlySpan<char> run)
    {
        if (run.Length < MinBase64 || !IsBase64OfText(run))
        {
            return null;
        }

        var characters = new char[run.Length + 3];
        var count = 0;
        foreach (var c in run)
        {
            if (IsBase64(c) && c != '=')
            {
                characters[count++] = c == '-' ? '+' : c == '_' ? '/' : c;
            }
        }

        // A rest of one character holds no byte; it is what followed the encoded text.
        count -= count % 4 == 1 ? 1 : 0;
        while (count % 4 != 0)
        {
            characters[count++] = '=';
        }

        var bytes = new byte[count / 4 * 3];
        return Convert.TryFromBase64Chars(characters.AsSpan(0, count), bytes, out var written) ? bytes[..written] : null;
    }

    /// <summary>Whether the first bytes may be text, so that a word or an image costs no allocation.</summary>
    private static bool IsBase64OfText(ReadOnlySpan<char> run)
    {
        Span<char> head = stackalloc char[MinBase64];
        Span<byte> bytes = stackalloc byte[MinBase64];
        run[..MinBase64].Replace(head, '-', '+');
        head.Replace('_', '/');
        return Convert.TryFromBase64Chars(head, bytes, out var written) && PlainBytes.MayBeText(bytes[..written]);
    }
}
