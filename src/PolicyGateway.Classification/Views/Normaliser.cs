namespace PolicyGateway.Classification.Views;

/// <summary>
/// Reads through disguises of single characters: compatibility forms (NFKC), what nobody sees, text in tag characters,
/// marks piled on letters, and letters of another script inside a word.
/// </summary>
internal static class Normaliser
{
    /// <summary>Marks that a letter may carry; no language needs more. Whatever carries more loses them all.</summary>
    public const int MaxMarks = 4;

    /// <summary>The text without disguises, or null where undoing them would tell a reader nothing new.</summary>
    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        var disguises = Disguises.In(text);
        if (!disguises.Any)
        {
            return null;
        }

        var folded = Fold(text, maxLength, disguises.StripMarks);
        var words = new ViewBuilder(folded?.Text ?? text, maxLength);
        LookAlikeWords.Replace(folded?.Text ?? text, words);
        var plain = words.Finish(ViewNames.Normalised, folded) ?? folded;
        return plain is null || under is null ? plain : plain with { Offsets = plain.Offsets.Over(under.Offsets) };
    }

    private static TextView? Fold(string text, int maxLength, bool stripMarks)
    {
        var builder = new ViewBuilder(text, maxLength);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] < 0x80 && (i + 1 == text.Length || text[i + 1] < 0x300))
            {
                i++;
                continue;
            }

            var codePoint = Characters.At(text, i, out var length);
            var marks = MarksAfter(text, i + length);
            if (marks > 0)
            {
                FoldMarked(text, i, length, marks, stripMarks, builder);
            }
            else if (Characters.Hidden(codePoint) is > '\0' and var hidden)
            {
                builder.Replace(i, length, [hidden]);
            }
            else if (Characters.IsInvisible(codePoint) || Characters.IsTag(codePoint))
            {
                builder.Drop(i, length);
            }
            else if (Folds.Fold(codePoint) is { Length: > 0 } folded)
            {
                builder.Replace(i, length, folded);
            }
            else if (stripMarks && length == 1 && Folds.WithoutMarks(text[i]) is var below && below != text[i])
            {
                builder.Replace(i, length, [below]);
            }

            i += length + marks;
        }

        return builder.Finish(ViewNames.Normalised, under: null);
    }

    private static void FoldMarked(string text, int at, int length, int marks, bool stripMarks, ViewBuilder builder)
    {
        var end = at + length + marks;
        var folded = Folds.Fold(Characters.At(text, at, out _));
        var letter = folded.Length == 1 ? folded[0] : length == 1 ? text[at] : '\0';
        var read = at + length;
        while (read < end && Folds.TryCompose(letter, text[read], out var composed))
        {
            letter = composed;
            read++;
        }

        if (marks > MaxMarks)
        {
            (letter, read) = (letter == '\0' ? letter : folded.Length == 1 ? folded[0] : text[at], end);
        }
        else if (stripMarks && (Characters.IsLatin(letter) || letter == ' '))
        {
            (letter, read) = (Folds.WithoutMarks(letter), end);
        }

        if (letter == '\0')
        {
            builder.Drop(at + length, read - at - length);
        }
        else if (read > at + length || folded.Length == 1)
        {
            builder.Replace(at, read - at, [letter]);
        }
    }

    private static int MarksAfter(string text, int start)
    {
        var i = start;
        while (i < text.Length && text[i] >= 0x300 && Characters.IsMark(text[i]) && !Characters.IsInvisible(text[i]))
        {
            i++;
        }

        return i - start;
    }
}
