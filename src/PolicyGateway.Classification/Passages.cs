namespace PolicyGateway.Classification;

/// <summary>Cuts a text into passages: sentences, or of a short text a few words each.</summary>
internal static class Passages
{
    // Behind these a sentence ends where white space follows, or the next begins at once.
    private const string SpacedEnds = ".!?";
    private const string Ends = "\u3002\uff01\uff1f\u0964";

    // A text as short as this is cut finer than into sentences.
    private const int ShortText = 400;
    private const int FewWords = 32;
    private const int LongSentence = 240;

    // What is written without spaces is cut after so many characters.
    private const int LongestWord = 16;
    private const int FewSpaces = 12;

    /// <summary>Ranges that together are the text, none of them blank but of a blank text; no more than <paramref name="most"/>.</summary>
    public static IReadOnlyList<Range> Of(ReadOnlySpan<char> text, int most) =>
        Of(text, most, text.Length > ShortText ? LongSentence : IsSpaced(text) ? FewWords : LongestWord);

    /// <summary>The same, where a sentence is cut that is longer than <paramref name="longest"/>, in characters.</summary>
    public static IReadOnlyList<Range> Of(ReadOnlySpan<char> text, int most, int longest)
    {
        var least = (text.Length + most - 1) / most;
        longest = Math.Max(least, longest);
        var ranges = new List<Range>();
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            var end = EndOfWord(text, at);
            if (end - start > longest && at - start >= least && !text[start..at].IsWhiteSpace())
            {
                ranges.Add(start..at);
                start = at;
            }

            at = end;
            if (at - start >= least && EndsSentence(text[start..at]))
            {
                ranges.Add(start..at);
                start = at;
            }
        }

        if (start < text.Length)
        {
            // Few are one passage too many, and blanks are none.
            var joins = ranges.Count > 0 && (text.Length - start < least || text[start..].IsWhiteSpace());
            start = joins ? ranges[^1].Start.Value : start;
            ranges.RemoveRange(ranges.Count - (joins ? 1 : 0), joins ? 1 : 0);
            ranges.Add(start..text.Length);
        }

        return ranges;
    }

    /// <summary>Behind the word and the white space after it; never between the halves of a character.</summary>
    private static int EndOfWord(ReadOnlySpan<char> text, int start)
    {
        var at = start;
        while (at < text.Length && at - start < LongestWord && !char.IsWhiteSpace(text[at]) && (at == start || !Ends.Contains(text[at - 1], StringComparison.Ordinal)))
        {
            at++;
        }

        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]) ? at + 1 : at;
    }

    private static bool EndsSentence(ReadOnlySpan<char> passage)
    {
        var words = passage.TrimEnd();
        return !words.IsEmpty
            && (Ends.Contains(words[^1], StringComparison.Ordinal)
                || (words.Length < passage.Length && SpacedEnds.Contains(words[^1], StringComparison.Ordinal))
                || passage[words.Length..].Contains('\n'));
    }

    private static bool IsSpaced(ReadOnlySpan<char> text)
    {
        var spaces = 0;
        foreach (var character in text)
        {
            spaces += char.IsWhiteSpace(character) ? 1 : 0;
        }

        return spaces * FewSpaces >= text.Length;
    }
}
