using System.Buffers;
using System.Globalization;
using System.Text;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Characters written as escapes: %41, \x41, \u0041, \u{41}, U+0041, &amp;#65;, &amp;#x41; with or without its end, and the signs
/// of an escape that were escaped themselves (%2541, \\u0041, &amp;amp;#65;). Ordinary text escapes what its format reserves (a few
/// spaces in addresses, quotes in code); a text is decoded only where letters or digits are escaped as well, or so many spaces
/// that what stands between them is prose.
/// </summary>
internal static class EscapedText
{
    /// <summary>Letters and digits that a text must escape before its escapes are decoded.</summary>
    private const int MinLetters = 4;

    /// <summary>The same for spaces without a plain one among them.</summary>
    private const int MinSpaces = 4;

    private static readonly SearchValues<char> Openers = SearchValues.Create("%\\&U");

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        if (!IsEscaped(text))
        {
            return null;
        }

        var builder = new ViewBuilder(text, maxLength);
        Span<char> decoded = stackalloc char[2];
        for (var i = Next(text, 0); i < text.Length;)
        {
            var escape = Escape.At(text, i);
            if (escape.Length > 0)
            {
                var written = escape.Rune.EncodeToUtf16(decoded);
                builder.Replace(i, escape.Length, decoded[..written]);
            }

            i = Next(text, i + Math.Max(1, escape.Length));
        }

        return builder.Finish(ViewNames.Decoded, under);
    }

    private static bool IsEscaped(string text)
    {
        var (letters, spaces, read) = (0, 0, 0);
        for (var i = Next(text, 0); i < text.Length && letters < MinLetters && spaces < MinSpaces;)
        {
            var escape = Escape.At(text, i);
            if (escape.Length > 0)
            {
                spaces = text.AsSpan(read, i - read).IndexOfAny(" \t\r\n") >= 0 ? 0 : spaces;
                spaces += Rune.IsWhiteSpace(escape.Rune) ? 1 : 0;
                letters += Rune.IsLetterOrDigit(escape.Rune) || escape.Rune.Value is '%' or '\\' or '&' ? 1 : 0;
                read = i + escape.Length;
            }

            i = Next(text, i + Math.Max(1, escape.Length));
        }

        return letters >= MinLetters || spaces >= MinSpaces;
    }

    private static int Next(string text, int from)
    {
        var at = text.AsSpan(from).IndexOfAny(Openers);
        return at < 0 ? text.Length : from + at;
    }

    /// <summary>One escape: the characters it takes, none if there is none, and the code point it stands for.</summary>
    private readonly record struct Escape(int Length, Rune Rune)
    {
        private const int MaxBytes = 4;
        private const int MaxDigits = 7;

        public static Escape At(string text, int at)
        {
            var rest = text.AsSpan(at);
            return rest.Length < 3 ? default : (rest[0], rest[1]) switch
            {
                ('%', _) => Bytes(rest, "%"),
                ('\\', 'x') => Bytes(rest, "\\x") is { Length: > 0 } bytes ? bytes : Digits(rest, 2, 2, 2),
                ('\\', '\\') when rest[2] is 'x' or 'u' && At(text, at + 1) is { Length: > 0 } inner => inner with { Length = inner.Length + 1 },
                ('\\', 'u') when rest[2] == '{' => Closed(rest, 3),
                ('\\', 'u') => Surrogates(rest),
                ('U', '+') => Digits(rest, 2, 4, 6),
                ('&', '#') when rest[2] is 'x' or 'X' => Entity(rest, 3, hex: true),
                ('&', '#') => Entity(rest, 2, hex: false),
                ('&', 'a') when rest.StartsWith("&amp;#") => new Escape("&amp;".Length, new Rune('&')),
                _ => default,
            };
        }

        private static Escape Of(int length, int value) =>
            Rune.IsValid(value) && IsText(value) ? new Escape(length, new Rune(value)) : default;

        private static bool IsText(int value) => value is >= ' ' or '\t' or '\r' or '\n';

        /// <summary>A character in UTF-8, each byte behind its sign.</summary>
        private static Escape Bytes(ReadOnlySpan<char> rest, ReadOnlySpan<char> sign)
        {
            Span<byte> bytes = stackalloc byte[MaxBytes];
            var (count, width) = (0, sign.Length + 2);
            while (count < MaxBytes && rest.Length >= width * (count + 1) && rest[(width * count)..].StartsWith(sign)
                && Hex(rest.Slice((width * count) + sign.Length, 2)) is >= 0 and var value)
            {
                bytes[count++] = (byte)value;
            }

            return Rune.DecodeFromUtf8(bytes[..count], out var rune, out var used) == OperationStatus.Done && IsText(rune.Value)
                ? new Escape(width * used, rune)
                : default;
        }

        /// <summary>Digits, and the end that browsers do not ask for.</summary>
        private static Escape Entity(ReadOnlySpan<char> rest, int start, bool hex)
        {
            var end = start;
            while (end < rest.Length && end - start < MaxDigits && (hex ? char.IsAsciiHexDigit(rest[end]) : char.IsAsciiDigit(rest[end])))
            {
                end++;
            }

            return Of(end < rest.Length && rest[end] == ';' ? end + 1 : end, ValueOf(rest[start..end], hex));
        }

        private static Escape Digits(ReadOnlySpan<char> rest, int start, int least, int most)
        {
            var count = 0;
            while (count < most && start + count < rest.Length && char.IsAsciiHexDigit(rest[start + count]))
            {
                count++;
            }

            return count < least ? default : Of(start + count, Hex(rest.Slice(start, count)));
        }

        private static Escape Surrogates(ReadOnlySpan<char> rest)
        {
            if (rest.Length < 6 || Hex(rest.Slice(2, 4)) is not (>= 0 and var high))
            {
                return default;
            }

            var isPair = char.IsHighSurrogate((char)high) && rest.Length >= 12 && rest[6] == '\\' && rest[7] == 'u';
            return isPair && Hex(rest.Slice(8, 4)) is >= 0 and var low && char.IsLowSurrogate((char)low)
                ? Of(12, char.ConvertToUtf32((char)high, (char)low))
                : Of(6, high);
        }

        private static Escape Closed(ReadOnlySpan<char> rest, int start)
        {
            var length = rest.Slice(start, Math.Min(8, rest.Length - start)).IndexOf('}');
            return length < 1 ? default : Of(start + length + 1, Hex(rest.Slice(start, length)));
        }

        private static int ValueOf(ReadOnlySpan<char> digits, bool hex) =>
            hex ? Hex(digits) : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

        private static int Hex(ReadOnlySpan<char> digits) =>
            int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : -1;
    }
}
