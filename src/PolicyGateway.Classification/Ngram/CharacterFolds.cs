namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// The part of Unicode compatibility folding that evasion uses, as tables: accents, full width, mathematical and
/// enclosed letters, look-alikes. Framework normalisation is not used: it needs ICU, allocates, and keeps look-alikes.
/// </summary>
internal static class CharacterFolds
{
    /// <summary>Stands for a character that is dropped.</summary>
    public const char Dropped = '\0';

    // U+00C0 to U+017F without accents, lower case.
    private const string LatinExtended =
        "aaaaaaaceeeeiiiidnooooo\u00d7ouuuuytsaaaaaaaceeeeiiiidnooooo\u00f7ouuuuytyaaaaaaccccccccddddeeeeeeeeeegggggggg"
        + "hhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

    // U+1E00 to U+1EFF without accents, lower case: Vietnamese, mostly.
    private const string LatinAdditional =
        "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssss"
        + "ttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyasssssaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiii"
        + "oooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyllvvyy";

    // Cyrillic and Greek letters that read as Latin ones, and what they read as.
    private const string LookAlikes = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u043a\u043c\u0442\u0432\u043d\u0433"
        + "\u03bf\u03b1\u03b5\u03b9\u03ba\u03bd\u03c1\u03c4\u03c5\u03c7";

    private const string ReadAs = "aeopcyxijshdkmtbhroaeikvptux";

    /// <summary>Folds one character from U+0080 up, that is no surrogate, to lower case or <see cref="Dropped"/>.</summary>
    public static char Fold(char c) => c switch
    {
        '\u00ad' => Dropped,
        < '\u00c0' => c,
        <= '\u017f' => LatinExtended[c - '\u00c0'],
        '\u01a0' or '\u01a1' => 'o',
        '\u01af' or '\u01b0' => 'u',
        < '\u0300' => char.ToLowerInvariant(c),
        <= '\u036f' => Dropped,
        >= '\u1e00' and <= '\u1eff' => LatinAdditional[c - '\u1e00'],
        >= '\u24b6' and <= '\u24e9' => (char)('a' + ((c - '\u24b6') % 26)),
        >= '\uff01' and <= '\uff5e' => ToLowerAscii((char)(c - 0xfee0)),
        '\u3000' => ' ',
        _ => IsIgnorable(c) ? Dropped : char.ToLowerInvariant(c),
    };

    /// <summary>Folds a supplementary character: styled letters and digits read as plain ones, invisible ones are dropped, the rest separates.</summary>
    public static char FoldPair(char high, char low)
    {
        if (high == '\udb40')
        {
            return Dropped; // tags and variation selectors
        }

        if (high == '\ud835')
        {
            // Mathematical alphabets: U+1D400 to U+1D6A3 are 13 styles of 52 letters, from U+1D7CE on 5 styles of 10 digits.
            return low switch
            {
                <= '\udea3' => (char)('a' + ((low - '\udc00') % 26)),
                >= '\udfce' => (char)('0' + ((low - '\udfce') % 10)),
                _ => ' ',
            };
        }

        if (high == '\ud83c' && low is >= '\udd30' and <= '\udd89' && (low - '\udd30') % 32 < 26)
        {
            return (char)('a' + ((low - '\udd30') % 32)); // squared and circled letters
        }

        return ' ';
    }

    /// <summary>The tag character's ASCII letter, or <see cref="Dropped"/>: text that models read and people do not see.</summary>
    public static char ReadTag(char high, char low) =>
        high == '\udb40' && low is >= '\udc20' and <= '\udc7e' ? ToLowerAscii((char)(low - '\udc00')) : Dropped;

    /// <summary>Replaces look-alikes in a word that mixes them with Latin letters.</summary>
    public static void FoldLookAlikes(Span<char> word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            var at = word[i] >= '\u0370' ? LookAlikes.IndexOf(word[i], StringComparison.Ordinal) : -1;
            if (at >= 0)
            {
                word[i] = ReadAs[at];
            }
        }
    }

    public static char ToLowerAscii(char c) => c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c;

    private static bool IsIgnorable(char c) => c switch
    {
        '\u061c' or '\u115f' or '\u1160' or '\u17b4' or '\u17b5' or '\u3164' or '\ufeff' or '\uffa0' => true,
        >= '\u180b' and <= '\u180f' => true,
        >= '\u1ab0' and <= '\u1aff' => true,
        >= '\u1dc0' and <= '\u1dff' => true,
        >= '\u200b' and <= '\u200f' => true,
        >= '\u202a' and <= '\u202e' => true,
        >= '\u2060' and <= '\u206f' => true,
        >= '\u20d0' and <= '\u20ff' => true,
        >= '\ufe00' and <= '\ufe0f' => true,
        >= '\ufe20' and <= '\ufe2f' => true,
        >= '\ufff0' and <= '\ufffb' => true,
        _ => false,
    };
}
