using System.Globalization;

namespace PolicyGateway.Classification.Views;

/// <summary>What views need to know about single code points.</summary>
internal static class Characters
{
    /// <summary>The code point at <paramref name="index"/> and the code units it takes; a lone surrogate stands for itself.</summary>
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        var c = text[index];
        if (char.IsHighSurrogate(c) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(c, text[index + 1]);
        }

        length = 1;
        return c;
    }

    /// <summary>Characters that nobody sees: zero width, direction, soft hyphen, variation selectors, fillers. Not tags.</summary>
    public static bool IsInvisible(int codePoint) => codePoint switch
    {
        0xad or 0x34f or 0x61c or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or 0x3164 or 0xfeff or 0xffa0 => true,
        (>= 0x180b and <= 0x180f) or (>= 0x200b and <= 0x200f) or (>= 0x202a and <= 0x202e) => true,
        (>= 0x2060 and <= 0x206f) or (>= 0xfe00 and <= 0xfe0f) or (>= 0xfff0 and <= 0xfffb) => true,
        (>= 0x1bca0 and <= 0x1bca3) or (>= 0x1d173 and <= 0x1d17a) or (>= 0xe0100 and <= 0xe01ef) => true,
        _ => false,
    };

    /// <summary>Overrides of the direction have no use in plain text; the other direction marks have.</summary>
    public static bool IsOverride(int codePoint) => codePoint is 0x202d or 0x202e;

    public static bool IsTag(int codePoint) => codePoint is >= 0xe0000 and <= 0xe007f;

    /// <summary>
    /// The printable ASCII character that a tag hides, or the variation selector that stands for its byte (the first of 256 are
    /// U+FE00 to U+FE0F, the others begin at U+E0100); else NUL.
    /// </summary>
    public static char Hidden(int codePoint)
    {
        var value = codePoint >= 0xe0100 ? codePoint - 0xe0100 + 16 : codePoint - 0xe0000;
        return value is >= ' ' and <= '~' ? (char)value : '\0';
    }

    public static bool IsMark(int codePoint) => CategoryOf(codePoint)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark;

    /// <summary>Pictures and signs that are neither letters nor marks of writing: emoji, arrows, stars.</summary>
    public static bool IsPicture(int codePoint) => CategoryOf(codePoint) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol;

    /// <summary>Pictures that people set beside words, and hardly into them; arrows and signs of mathematics are none.</summary>
    public static bool IsEmoji(int codePoint) => codePoint is (>= 0x2600 and <= 0x27bf) or (>= 0x1f300 and <= 0x1faff);

    public static bool IsLetter(int codePoint) => CategoryOf(codePoint) <= UnicodeCategory.OtherLetter;

    /// <summary>Flags are pairs of these; one alone is a letter.</summary>
    public static bool IsRegional(int codePoint) => codePoint is >= 0x1f1e6 and <= 0x1f1ff;

    public static bool IsHan(int codePoint) => codePoint is (>= 0x3400 and <= 0x9fff) or (>= 0xf900 and <= 0xfaff) or (>= 0x20000 and <= 0x323af);

    /// <summary>Letters of scripts whose writing uses no joiners, so that something invisible between two of them hides.</summary>
    public static bool IsPlainLetter(int codePoint) =>
        codePoint is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= 0xc0 and <= 0x52f) or (>= 0x1e00 and <= 0x1fff) || IsHan(codePoint);

    public static bool IsLatin(int codePoint) =>
        codePoint is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= 0xc0 and <= 0x24f) or (>= 0x1e00 and <= 0x1eff);

    private static UnicodeCategory CategoryOf(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint);
}
