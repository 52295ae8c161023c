using System.Text;

namespace PolicyGateway.Classification.Views;

/// <summary>Tells bytes that are text, in UTF-8 or UTF-16, from keys, hashes and images.</summary>
internal static class PlainBytes
{
    private const int MinCharacters = 4;
    private const int ByNoChance = 24;

    // Characters that one escape takes.
    private const int LongestEscape = 8;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether no byte is a control character, but for the zeros of UTF-16.</summary>
    public static bool MayBeText(ReadOnlySpan<byte> bytes)
    {
        var isWide = IsWide(bytes);
        foreach (var b in bytes)
        {
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or 0x7f && !(isWide && b == 0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text, or null where the bytes are none: invalid, with control characters, or mostly symbols.</summary>
    public static string? ToText(byte[] bytes)
    {
        if (!MayBeText(bytes))
        {
            return null;
        }

        if (IsWide(bytes))
        {
            return Checked(Encoding.Unicode.GetString(bytes, 0, bytes.Length / 2 * 2));
        }

        return System.Text.Unicode.Utf8.IsValid(bytes) ? Checked(Utf8.GetString(bytes)) : null;
    }

    private static bool IsWide(ReadOnlySpan<byte> bytes)
    {
        var zeros = 0;
        for (var i = 1; i < bytes.Length; i += 2)
        {
            zeros += bytes[i] == 0 ? 1 : 0;
        }

        return bytes.Length >= 4 && 5 * zeros > bytes.Length;
    }

    private static string? Checked(string text)
    {
        var (letters, symbols, escapes, digits, length) = (0, 0, 0, 0, 0);
        foreach (var c in text)
        {
            if (char.IsControl(c) && !char.IsWhiteSpace(c))
            {
                return null;
            }

            length += Characters.IsInvisible(c) ? 0 : 1;
            letters += char.IsLetter(c) ? 1 : 0;
            symbols += char.IsLetterOrDigit(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c) || Characters.IsInvisible(c) ? 0 : 1;
            escapes += c is '%' or '\\' or '&' ? 1 : 0;
            digits += char.IsAsciiHexDigit(c) || char.IsWhiteSpace(c) ? 1 : 0;
        }

        // Chance makes a few printable characters, and hardly a line of them; a line may be code, or encoded once more.
        var isLine = text.Length >= ByNoChance;
        var isCoded = isLine && (LongestEscape * escapes >= length || digits == length);
        var isText = isLine ? 3 * letters >= length && 2 * symbols <= length : 2 * letters >= length && 4 * symbols <= length;
        return isCoded || (isText && letters >= MinCharacters) ? text : null;
    }
}
