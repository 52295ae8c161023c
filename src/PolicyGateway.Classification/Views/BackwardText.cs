using System.Buffers;
using System.Globalization;
using System.Text;

namespace PolicyGateway.Classification.Views;

/// <summary>Text beyond Latin letters that runs backwards; <see cref="CipherText"/> reads that in Latin ones.</summary>
internal static class BackwardText
{
    /// <summary>
    /// Pairs of neighbours that stand the wrong way round, less those that stand the right way, in the stretch that has most of
    /// them. Of 16,859 ordinary texts beyond Latin letters fewer than 0.1 % have so many.
    /// </summary>
    private const int MinPairs = 6;

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        if (Find(text) is not { } stretch)
        {
            return null;
        }

        // What stands beside it on its lines belongs to it, known or not.
        var start = text.AsSpan(0, stretch.Start).LastIndexOf('\n') + 1;
        var length = text.AsSpan(stretch.End).IndexOf('\n') is var end and >= 0 ? stretch.End + end - start : text.Length - start;
        var builder = new ViewBuilder(text, maxLength);
        builder.Replace(start, length, Reverse(text.AsSpan(start, length)), OffsetStep.Backward);
        return builder.Finish(ViewNames.Reversed, under);
    }

    private static (int Start, int End)? Find(string text)
    {
        var (sum, start, best, bestStart, bestEnd, before, place) = (0, 0, MinPairs - 1, 0, -1, '\0', 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (LetterOrder.UnitOf(text[i]) is not (> '\0' and var unit))
            {
                continue;
            }

            if (LetterOrder.Tells(before, unit) && LetterOrder.Backwards(before, unit) is var step and not 0)
            {
                start = sum <= 0 ? place : start;
                sum = Math.Max(0, sum + step);
                if (sum > best)
                {
                    (best, bestStart, bestEnd) = (sum, start, i + 1);
                }
            }

            (before, place) = (unit, i);
        }

        return bestEnd < 0 ? null : (bestStart, bestEnd);
    }

    /// <summary>
    /// From the last character to the first. Marks end up behind their letter, whichever side of it they were on: in text whose
    /// every character was turned round they stand before it, and then some word begins with one.
    /// </summary>
    private static char[] Reverse(ReadOnlySpan<char> text)
    {
        var reversed = new char[text.Length];
        var isWhole = !BeginsWordsWithMarks(text);
        for (int i = 0, length; i < text.Length; i += length)
        {
            var rest = text[i..];
            length = isWhole ? StringInfo.GetNextTextElementLength(rest) : Rune.DecodeFromUtf16(rest, out _, out var units) == OperationStatus.Done ? units : 1;
            rest[..length].CopyTo(reversed.AsSpan(text.Length - i - length));
        }

        return reversed;
    }

    private static bool BeginsWordsWithMarks(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsMark(text[i]) && (i == 0 || char.IsWhiteSpace(text[i - 1])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMark(char c) => CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
