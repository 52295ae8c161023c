using System.Buffers;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// A text from its last character to its first, where most of its words are words only that way: the letters of a short sentence
/// say too little to <see cref="CipherText"/>. The words are those of <see cref="JoinedWords"/>.
/// </summary>
internal static class BackwardWords
{
    /// <summary>Words that are looked up, and how long they are at most.</summary>
    private const int TriedWords = 100;
    private const int LongestKnown = 20;
    private const int FewestKnown = 4;

    /// <summary>What the words cost that way, of what they cost as they stand.</summary>
    private const double LikelierBy = 0.7;

    /// <summary>Words after which a text that runs forwards is left alone.</summary>
    private const int EnoughWords = 8;

    /// <summary>How much likelier than backwards a word is forwards, as the log of the ratio, where a text surely runs forwards.</summary>
    private const float SureGain = 1;

    private static readonly SearchValues<char> Breaks = SearchValues.Create(" \t\r\n.,;:?!\"()");

    private static readonly SearchValues<char> AsciiLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Whether a text begins with what ends a sentence.</summary>
    public static bool EndsInFront(ReadOnlySpan<char> text) => text.TrimStart() is ['.' or '?' or '!', var next, ..] && char.IsLetter(next);

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        // Without the list, which most gateways never load.
        if (!LettersRunBackwards(text))
        {
            return null;
        }

        var (words, known, forwards, backwards) = (0, 0, 0, 0);
        Span<char> letters = stackalloc char[LongestKnown];
        foreach (var range in text.AsSpan().SplitAny(Breaks))
        {
            var word = text.AsSpan(range);
            if (!IsTried(word))
            {
                continue;
            }

            if (words++ == TriedWords)
            {
                break;
            }

            var small = letters[..word.ToLowerInvariant(letters)];
            forwards += JoinedWords.CostOf(small);
            small.Reverse();
            backwards += JoinedWords.CostOf(small);
            known += JoinedWords.Contains(small) ? 1 : 0;
            if (words >= EnoughWords && forwards <= backwards)
            {
                return null;
            }
        }

        if (known < FewestKnown || 2 * known < words || backwards > LikelierBy * forwards)
        {
            return null;
        }

        var builder = new ViewBuilder(text, maxLength);
        CipherText.ReverseRange(0, text.Length, builder);
        return builder.Finish(ViewNames.Reversed, under);
    }

    private static bool IsTried(ReadOnlySpan<char> word) => word.Length is >= 2 and <= LongestKnown && !word.ContainsAnyExcept(AsciiLetters);

    /// <summary>Whether the pairs of letters are likelier in words that are read backwards.</summary>
    private static bool LettersRunBackwards(string text)
    {
        var (words, gain) = (0, 0f);
        foreach (var range in text.AsSpan().SplitAny(Breaks))
        {
            var word = text.AsSpan(range);
            if (!IsTried(word))
            {
                continue;
            }

            // Nearly every text ends here.
            if (words++ == TriedWords || (words > EnoughWords && gain < -SureGain * words))
            {
                break;
            }

            var before = Bigrams.Edge;
            for (var i = 0; i <= word.Length; i++)
            {
                var letter = i < word.Length ? Bigrams.IndexOf(word[i]) : Bigrams.Edge;
                gain += Bigrams.LogProbability(letter, before) - Bigrams.LogProbability(before, letter);
                before = letter;
            }
        }

        return gain > 0;
    }
}
