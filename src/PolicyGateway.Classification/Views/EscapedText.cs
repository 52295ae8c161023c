using System.Buffers;
using System.Globalization;
using System.Text;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Characters written as escapes: %41, \x41, \u0041, \u{41}, U+0041, &amp;#65;, &amp;#x41;. Ordinary text escapes what its format
/// reserves (a few spaces in addresses, quotes in code); a text is decoded only where letters or digits are escaped as well, or
/// so many spaces that what stands between them is prose.
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
                letters += Rune.IsLetterOrDigit(escape.Rune) ? 1 : 0;
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
        private const int MaxPercentBytes = 4;

        public static Escape At(string text, int at)
        {
            var rest = text.AsSpan(at);
            return rest.Length < 3 ? default : (rest[0], rest[1]) switch
            {
                ('%', _) => Percent(rest),
                ('\\', 'x') => Digits(rest, 2, 2, 2),
                ('\\', 'u') when rest[2] == '{' => Closed(rest, 3, '}', hex: true),
                ('\\', 'u') => Surrogates(rest),
                ('U', '+') => Digits(rest, 2, 4, 6),
                ('&', '#') when rest[2] is 'x' or 'X' => Closed(rest, 3, ';', hex: true),
                ('&', '#') => Closed(rest, 2, ';', hex: false),
                _ => default,
            };
        }

        private static Escape Of(int length, int value) =>
            Rune.IsValid(value) && IsText(value) ? new Escape(length, new Rune(value)) : default;

        private static bool IsText(int value) => value is >= ' ' or '\t' or '\r' or '\n';

        private static Escape Percent(ReadOnlySpan<char> rest)
        {
            Span<byte> bytes = stackalloc byte[MaxPercentBytes];
            var count = 0;
            while (count < MaxPercentBytes && rest.Length >= 3 * (count + 1) && rest[3 * count] == '%'
                && Hex(rest.Slice((3 * count) + 1, 2)) is >= 0 and var value)
            {
                bytes[count++] = (byte)value;
            }

            return Rune.DecodeFromUtf8(bytes[..count], out var rune, out var used) == OperationStatus.Done && IsText(rune.Value)
                ? new Escape(3 * used, rune)
                : default;
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

        private static Escape Closed(ReadOnlySpan<char> rest, int start, char close, bool hex)
        {
            var length = rest.Slice(start, Math.Min(8, rest.Length - start)).IndexOf(close);
            if (length < 1)
            {
                return default;
            }

            var digits = rest.Slice(start, length);
            var value = hex ? Hex(digits) : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
            return value < 0 ? default : Of(start + length + 1, value);
        }

        private static int Hex(ReadOnlySpan<char> digits) =>
            int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : -1;
    }
}
