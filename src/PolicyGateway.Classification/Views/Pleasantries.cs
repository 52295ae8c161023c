using System.Buffers;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// What is left of a text without the short sentences at its beginning and end: a greeting, thanks, a wish. They say nothing
/// and dilute what stands between them, so the rest is judged by itself, too, where they are a notable part of the text.
/// </summary>
internal static class Pleasantries
{
    private const int LongestSentence = 4;
    private const int ShortestRest = 5;

    // Nobody thanks for longer; what lies further inside is not looked at.
    private const int MostSentences = 4;

    private const string EndCharacters = ".!?\n\u3002\uff01\uff1f\u0964";

    // Less than this part of a text moves no score that counts, and another reading doubles the price of the text.
    private const int LeastPart = 16;

    private static readonly SearchValues<char> Ends = SearchValues.Create(EndCharacters);

    /// <summary>The part between them; all of it where there are none, little of them, or nothing else.</summary>
    public static ReadOnlyMemory<char> Without(ReadOnlyMemory<char> text)
    {
        var rest = text.Trim();
        var whole = rest.Length;
        for (var i = 0; i < MostSentences; i++)
        {
            var end = rest.Span.IndexOfAny(Ends);
            rest = end >= 0 && IsShort(rest.Span[..end]) && !IsShort(rest.Span[(end + 1)..], ShortestRest - 1) ? rest[(end + 1)..].TrimStart() : rest;
            var start = rest.Span.TrimEnd(EndCharacters).LastIndexOfAny(Ends);
            rest = start >= 0 && IsShort(rest.Span[(start + 1)..]) && !IsShort(rest.Span[..start], ShortestRest - 1) ? rest[..(start + 1)].TrimEnd() : rest;
        }

        return LeastPart * (whole - rest.Length) < whole ? text : rest;
    }

    /// <summary>Whether there are no more words than that; counts no further.</summary>
    private static bool IsShort(ReadOnlySpan<char> text, int most = LongestSentence)
    {
        var words = 0;
        while (words <= most)
        {
            text = text.TrimStart();
            if (text.IsEmpty)
            {
                return true;
            }

            words++;
            var space = text.IndexOfAny(" \t\r\n");
            text = space < 0 ? [] : text[space..];
        }

        return false;
    }
}
