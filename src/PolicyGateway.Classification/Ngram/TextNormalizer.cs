using System.Globalization;

namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// Turns a window into lower-case words between single spaces, with what hides or disguises letters undone.
/// Never fails: a lone surrogate separates words like any other symbol.
/// </summary>
internal static class TextNormalizer
{
    /// <summary>Characters that a window may become: each one, a space before each change of script, hidden text, both ends.</summary>
    public static int MaxLength(int windowCharacters) => (2 * windowCharacters) + 4;

    /// <summary>Writes <paramref name="text"/> into <paramref name="output"/>, beginning and ending with a space; returns the length.</summary>
    public static int Normalize(ReadOnlySpan<char> text, Span<char> output)
    {
        output[0] = ' ';
        var length = 1;
        var wordStart = 1;
        var scripts = 0;
        var hidden = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80)
            {
                c = CharacterFolds.ToLowerAscii(c);
            }
            else if (char.IsSurrogate(c))
            {
                c = FoldSurrogate(text, ref i, ref hidden);
            }
            else
            {
                c = CharacterFolds.Fold(c);
            }

            if (c == CharacterFolds.Dropped)
            {
                continue;
            }

            var script = ScriptOf(c);
            if (script == Script.None)
            {
                EndWord(output, ref length, ref wordStart, ref scripts);
                continue;
            }

            if ((scripts | (int)script) > (int)Script.Ideograph)
            {
                EndWord(output, ref length, ref wordStart, ref scripts); // "用python写" is three words
            }

            scripts |= (int)script;
            output[length++] = c;
        }

        EndWord(output, ref length, ref wordStart, ref scripts);
        return hidden ? AppendHidden(text, output, length) : length;
    }

    /// <summary>Whether a normalised word is written without spaces (Han, Kana, Hangul).</summary>
    public static bool IsIdeograph(char c) => c >= '\u2e80';

    private static void EndWord(Span<char> output, ref int length, ref int wordStart, ref int scripts)
    {
        if (scripts == (int)(Script.Latin | Script.Other))
        {
            CharacterFolds.FoldLookAlikes(output[wordStart..length]);
        }

        if (length > wordStart)
        {
            output[length++] = ' ';
        }

        wordStart = length;
        scripts = 0;
    }

    private static char FoldSurrogate(ReadOnlySpan<char> text, ref int i, ref bool hidden)
    {
        var high = text[i];
        if (!char.IsHighSurrogate(high) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
        {
            return ' ';
        }

        var low = text[++i];
        hidden |= CharacterFolds.ReadTag(high, low) != CharacterFolds.Dropped;
        return CharacterFolds.FoldPair(high, low);
    }

    /// <summary>Text written in tag characters was dropped above, so that it cannot cut a word; it is read here on its own.</summary>
    private static int AppendHidden(ReadOnlySpan<char> text, Span<char> output, int length)
    {
        for (var i = 0; i + 1 < text.Length; i++)
        {
            var c = CharacterFolds.ReadTag(text[i], text[i + 1]);
            if (c == CharacterFolds.Dropped)
            {
                continue;
            }

            if (ScriptOf(c) != Script.None)
            {
                output[length++] = c;
            }
            else if (output[length - 1] != ' ')
            {
                output[length++] = ' ';
            }
        }

        if (output[length - 1] != ' ')
        {
            output[length++] = ' ';
        }

        return length;
    }

    private static Script ScriptOf(char c)
    {
        if (c < 0x80)
        {
            return char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? Script.Latin : Script.None;
        }

        // Vowel signs of Indic scripts and Thai are marks, and belong to the word.
        return CharUnicodeInfo.GetUnicodeCategory(c) switch
        {
            > UnicodeCategory.OtherNumber => Script.None,
            _ => IsIdeograph(c) ? Script.Ideograph : Script.Other,
        };
    }

    // Bits, so that a word's scripts add up; anything above Ideograph mixes it with others.
    private enum Script
    {
        None = 0,
        Latin = 1,
        Other = 2,
        Ideograph = 4,
    }
}
