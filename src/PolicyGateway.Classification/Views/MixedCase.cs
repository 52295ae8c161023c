namespace PolicyGateway.Classification.Views;

/// <summary>
/// Text whose letters change between small and capital as in no spelling: "hOw tO mEEt". A model that knows capitals cuts it
/// into pieces that it has seldom seen.
/// </summary>
internal static class MixedCase
{
    private const int MinPairs = 12;

    /// <summary>Of all pairs of letters that stand side by side in words. Names in code change at every fifth, chance at every second.</summary>
    private const double MinChanges = 0.3;

    // Longer ones, and those with digits, are keys or encoded, which have no case to mend.
    private const int LongestWord = 24;

    public static bool MayOccurIn(ReadOnlySpan<char> text)
    {
        var (pairs, changes, start) = (0, 0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            if (i - start is > 1 and <= LongestWord)
            {
                Count(text[start..i], ref pairs, ref changes);
            }

            start = i + 1;
        }

        return pairs >= MinPairs && changes > MinChanges * pairs;
    }

    /// <summary>The text in small letters, or null where it is already.</summary>
    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        var builder = new ViewBuilder(text, maxLength);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.ToLowerInvariant(text[i]) is var small && small != text[i])
            {
                builder.Replace(i, 1, [small]);
            }
        }

        return builder.Finish(ViewNames.LowerCase, under);
    }

    private static void Count(ReadOnlySpan<char> word, ref int pairs, ref int changes)
    {
        var (ofWord, changed) = (0, 0);
        for (var i = 1; i < word.Length; i++)
        {
            if (char.IsAsciiDigit(word[i]))
            {
                return;
            }

            if (char.IsLetter(word[i - 1]) && char.IsLetter(word[i]))
            {
                ofWord++;

                // A capital at the beginning of a word is ordinary.
                changed += char.IsUpper(word[i]) != char.IsUpper(word[i - 1]) && (i > 1 || char.IsUpper(word[1])) ? 1 : 0;
            }
        }

        (pairs, changes) = (pairs + ofWord, changes + changed);
    }
}
