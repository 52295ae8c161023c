namespace PolicyGateway.Classification.Views;

/// <summary>
/// Text packed as base64 (with any alphabet and padding, in UTF-8 or UTF-16), hex digits or binary digits. Only what unpacks
/// to text is replaced: images, keys and hashes stay as they are.
/// </summary>
internal static class PackedText
{
    private const int MinBase64 = 12;

    /// <summary>A line of wrapped base64 has at least so many characters.</summary>
    private const int MinWrappedLine = 40;

    /// <summary>A run that does not unpack is looked at again behind its first sign, as in an address, if it is no longer than this.</summary>
    private const int MaxRetried = 512;

    /// <summary>Unpacks <paramref name="escaped"/>, or <paramref name="text"/> where that is null.</summary>
    public static TextView? Apply(TextView? escaped, string text, TextView? under, int maxLength)
    {
        var source = escaped?.Text ?? text;
        var builder = new ViewBuilder(source, maxLength);
        var (noDigitsBefore, retryAt) = (0, 0);
        for (var i = 0; i < source.Length;)
        {
            if (!IsBase64(source[i]) || (i > 0 && i != retryAt && IsBase64(source[i - 1])))
            {
                i++;
                continue;
            }

            if (i >= noDigitsBefore)
            {
                var digits = PackedDigits.At(source, i);
                noDigitsBefore = digits.End;
                if (digits.Text is { } unpacked)
                {
                    builder.Replace(i, digits.End - i, unpacked);
                    i = digits.End;
                    continue;
                }
            }

            var end = Base64End(source, i);
            var sign = end - i <= MaxRetried ? source.AsSpan(i, end - i).IndexOfAny("/-_+") : -1;
            if (TryReplace(builder, i, end) || (sign > 0 && TryReplace(builder, i, end = i + sign)))
            {
                i = end;
                continue;
            }

            retryAt = sign < 0 ? end : i + sign + 1;
            i = Math.Max(retryAt, i + 1);
        }

        return builder.Finish(ViewNames.Decoded, escaped ?? under) ?? escaped;
    }

    private static bool TryReplace(ViewBuilder builder, int start, int end)
    {
        if (Base64(builder.Source.AsSpan(start, end - start)) is not { } bytes || PlainBytes.ToText(bytes) is not { } read)
        {
            return false;
        }

        builder.Replace(start, end - start, read);
        return true;
    }

    private static bool IsBase64(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_';

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

        var padding = i;
        while (padding < text.Length && padding < i + 2 && text[padding] == '=')
        {
            padding++;
        }

        return padding;
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
            if (IsBase64(c))
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
