namespace PolicyGateway.Classification.Views;

/// <summary>How many letters of a text belong to scripts with a supported language.</summary>
/// <param name="Latin">Letters of the Latin script, which are among the supported ones.</param>
/// <param name="Supported">Latin, Cyrillic, Greek, Han, Kana, Hangul, Arabic, Hebrew, Devanagari, Bengali, Thai, and styled Latin.</param>
/// <param name="Unsupported">All other letters, and Braille patterns.</param>
internal readonly record struct ScriptCount(int Latin, int Supported, int Unsupported)
{
    public static ScriptCount Of(ReadOnlySpan<char> text)
    {
        var (latin, supported, unsupported) = (0, 0, 0);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                latin += char.IsAsciiLetter(text[i++]) ? 1 : 0;
                continue;
            }

            var codePoint = Characters.At(text, i, out var length);
            i += length;
            if (Characters.IsLatin(codePoint))
            {
                latin++;
            }
            else if (codePoint is >= 0x2800 and <= 0x28ff)
            {
                unsupported++;
            }
            else if (Characters.IsLetter(codePoint))
            {
                var known = IsSupported(codePoint);
                supported += known ? 1 : 0;
                unsupported += known ? 0 : 1;
            }
        }

        return new ScriptCount(latin, supported + latin, unsupported);
    }

    private static bool IsSupported(int codePoint) => codePoint switch
    {
        < 0x530 => true, // Latin, phonetics, Greek, Cyrillic
        (>= 0x590 and <= 0x6ff) or (>= 0x750 and <= 0x77f) or (>= 0x8a0 and <= 0x9ff) or (>= 0xe00 and <= 0xe7f) => true,
        (>= 0x1100 and <= 0x11ff) or (>= 0x1c80 and <= 0x1c8f) or (>= 0x1d00 and <= 0x1fff) or (>= 0x2070 and <= 0x218b) => true,
        (>= 0x2de0 and <= 0x2dff) or (>= 0x2e80 and <= 0x9fff) or (>= 0xa640 and <= 0xa69f) or (>= 0xa720 and <= 0xa7ff) => true,
        (>= 0xa8e0 and <= 0xa8ff) or (>= 0xa960 and <= 0xa97f) or (>= 0xab30 and <= 0xab6f) or (>= 0xac00 and <= 0xd7ff) => true,
        (>= 0xd800 and <= 0xdfff) => true, // lone surrogates are no letters, and say nothing
        (>= 0xf900 and <= 0xfb06) or (>= 0xfb1d and <= 0xfeff) or (>= 0xff00 and <= 0xffef) => true,
        (>= 0x1d400 and <= 0x1d7ff) or (>= 0x1f100 and <= 0x1f1ff) or (>= 0x1aff0 and <= 0x1b16f) or (>= 0x20000 and <= 0x323af) => true,
        _ => false,
    };
}
