using System.Buffers;
using System.Globalization;

namespace PolicyGateway.Classification.Views;

/// <summary>Words that are spelled with something between their letters: "m e e t i n g", "n.o.t.e", "no*tes".</summary>
internal static class JoinedText
{
    /// <summary>Letters that stand alone in a row before they are read as a word.</summary>
    private const int MinLetters = 4;

    private const int MaxSeparator = 6;
    private const float MinPlausibility = -3.0f;

    /// <summary>Four or five letters may look like a word by chance.</summary>
    private const float MinPlausibilityOfFew = -2.7f;

    /// <summary>A symbol between letters is odd enough by itself.</summary>
    private const float MinPlausibilityOfTorn = -3.2f;

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        var builder = new ViewBuilder(text, maxLength);
        Span<char> few = stackalloc char[64];
        for (var i = 0; i < text.Length;)
        {
            if (IsAlone(text, i))
            {
                var chain = Chain.At(text, i);
                var words = chain.Letters >= MinLetters ? string.Join(' ', chain.Joined.Split(' ').Select(JoinedWords.Split)) : "";
                if (words.Length > 0 && IsWord(words, MinPlausibility, MinPlausibilityOfFew))
                {
                    i = Write(builder, i, chain.End, words);
                    continue;
                }

                if (chain.Letters >= MinLetters)
                {
                    i = chain.End;
                    continue;
                }
            }

            var end = SymbolWord.At(text, i, few, out var joined);
            i = joined.Length > 0 ? Write(builder, i, end, joined) : Math.Max(end, i + 1);
        }

        return builder.HasEdits ? builder.Finish(ViewNames.Joined, under) : null;
    }

    private static int Write(ViewBuilder builder, int start, int end, ReadOnlySpan<char> joined)
    {
        builder.Replace(start, end - start, joined);
        return end;
    }

    /// <summary>Whether the joined letters are a word: no list of options, no gene, and in Latin letters a plausible one.</summary>
    private static bool IsWord(ReadOnlySpan<char> joined, float min, float minOfFew)
    {
        var (score, pairs, before, latin) = (0f, 0, Bigrams.Edge, 0);
        var (rising, kinds) = (true, 0u);
        foreach (var c in joined)
        {
            var letter = Bigrams.IndexOf(LeetWords.LetterOf(c));
            rising &= letter > before;
            score += Bigrams.LogProbability(before, letter);
            pairs += before + letter > 0 ? 1 : 0;
            latin += letter > 0 ? 1 : 0;
            kinds |= letter > 0 ? 1u << letter : 0;
            before = letter;
        }

        if (latin == 0)
        {
            return true;
        }

        // Options are a to e, genes a, c, g, t.
        var isOptions = kinds >> 6 == 0 || (kinds & ~(1u << 1 | 1u << 3 | 1u << 7 | 1u << 20)) == 0 || uint.PopCount(kinds) < 3;
        score += Bigrams.LogProbability(before, Bigrams.Edge);
        return !rising && !isOptions && score > (pairs + 1) * (latin < 6 ? minOfFew : min);
    }

    private static bool IsAlone(string text, int at) =>
        IsElement(text[at]) && (at == 0 || !IsWordPart(text[at - 1])) && (at + 1 == text.Length || !IsWordPart(text[at + 1]));

    private static bool IsElement(char c) => char.IsLetter(c) || "01345789@$".Contains(c, StringComparison.Ordinal);

    // Signs of Indic scripts are marks.
    private static bool IsWordPart(char c) =>
        char.IsLetterOrDigit(c) || c is '\'' or '\u2019'
        || (c >= 0x300 && (Characters.IsMark(c) || Characters.IsInvisible(c) || char.GetUnicodeCategory(c) == UnicodeCategory.SpacingCombiningMark));

    /// <summary>Single letters with the same separator between them, or a wider one between two words.</summary>
    private readonly ref struct Chain
    {
        public int End { get; private init; }

        /// <summary>Letters, or none where two of three elements are digits.</summary>
        public int Letters { get; private init; }

        public string Joined { get; private init; }

        public static Chain At(string text, int start)
        {
            // The ideographic comma parts the entries of a list.
            var end = start + 1;
            var next = NextElement(text, end);
            if (next < 0 || !IsSame(text, end, next) || text[end] == '\u3001')
            {
                return new Chain { End = end, Joined = "" };
            }

            var (separator, width) = (text[end], next - end);
            var joined = new List<char> { text[start] };
            var letters = char.IsLetter(text[start]) ? 1 : 0;
            while (next >= 0 && (IsSeparator(text, end, next, separator, width) || IsBreak(text, end, next, separator, width)))
            {
                if (!IsSeparator(text, end, next, separator, width))
                {
                    joined.Add(' ');
                }

                joined.Add(text[next]);
                letters += char.IsLetter(text[next]) ? 1 : 0;
                end = next + 1;
                next = NextElement(text, end);
            }

            return new Chain { End = end, Letters = 3 * letters > joined.Count ? letters : 0, Joined = new string([.. joined]) };
        }

        /// <summary>The lone letter that follows within the width of a separator, or -1.</summary>
        private static int NextElement(string text, int from)
        {
            var at = from;
            while (at < text.Length && at - from <= MaxSeparator && !char.IsLetterOrDigit(text[at]) && text[at] is not '@' and not '$')
            {
                at++;
            }

            return at > from && at < text.Length && IsAlone(text, at) ? at : -1;
        }

        private static bool IsSame(string text, int start, int end) => text.AsSpan(start, end - start).IndexOfAnyExcept(text[start]) < 0;

        private static bool IsSeparator(string text, int start, int end, char separator, int width) =>
            end - start == width && text[start] == separator && IsSame(text, start, end);

        private static bool IsBreak(string text, int start, int end, char separator, int width) =>
            text.AsSpan(start, end - start).IsWhiteSpace()
            && (end + 1 == text.Length || text[end + 1] == separator || (char.IsWhiteSpace(separator) && char.IsWhiteSpace(text[end + 1])))
            && (!char.IsWhiteSpace(separator) || end - start > width || (text[start] == '\n' && separator != '\n'));
    }

    /// <summary>A word with a symbol inside that belongs in no word.</summary>
    private static class SymbolWord
    {
        private const int MaxLetters = 32;

        /// <summary>Letters between two signs of which one may also stand between words.</summary>
        private const int MostBetween = 2;

        /// <summary>Signs that stand between words, too: they count beside one that does not.</summary>
        private static readonly SearchValues<char> Weak = SearchValues.Create("/\\_-.+=#:;,!&");

        /// <summary>Reads the token at <paramref name="start"/>; returns its end, and what is joined where it is such a word.</summary>
        public static int At(string text, int start, Span<char> buffer, out ReadOnlySpan<char> joined)
        {
            var (letters, symbols, weak, emoji, plain) = (0, 0, 0, 0, true);
            joined = default;
            var i = start;
            for (; i < text.Length && !char.IsWhiteSpace(text[i]); i++)
            {
                var c = text[i];
                if (char.IsLetter(c) && letters < MaxLetters)
                {
                    buffer[letters++] = c;
                }
                else if (SymbolLength(text, i) is > 0 and var length && i > start && i + length < text.Length && char.IsLetter(text[i - 1]) && char.IsLetter(text[i + length]))
                {
                    symbols++;
                    emoji += Characters.IsEmoji(Characters.At(text, i, out _)) ? 1 : 0;
                    i += length - 1;
                }
                else if (Weak.Contains(c) && i > start && i + 1 < text.Length && char.IsLetter(text[i - 1]) && char.IsLetter(text[i + 1]))
                {
                    weak++;
                }
                else
                {
                    break;
                }
            }

            if (i < text.Length && !char.IsWhiteSpace(text[i]) && !"*~^`|/.,;:?!\"'\u3002\uff0c\uff1f\uff01".Contains(text[i], StringComparison.Ordinal))
            {
                plain = false;
            }

            // A path, a compound or a formula has longer parts than a word that was torn.
            plain &= weak == 0 || letters <= MostBetween * (symbols + weak + 1);
            var before = start > 0 ? text[start - 1] : ' ';
            var isHan = letters > 0 && Characters.IsHan(buffer[0]) && Characters.IsHan(buffer[letters - 1]);
            plain &= char.IsWhiteSpace(before) || before is '"' or '\'' or '*' or '~' or '^' or '`' or '|' or '/' || (isHan && char.IsPunctuation(before));
            if (symbols > 0 && plain && (isHan || emoji >= 2 || (letters >= (symbols > 1 ? MinLetters - 1 : MinLetters) && IsWord(buffer[..letters], MinPlausibilityOfTorn, MinPlausibilityOfTorn))))
            {
                joined = buffer[..letters];
            }

            return i;
        }

        /// <summary>Code units of a sign that belongs in no word, a picture among them; 0 where there is none.</summary>
        private static int SymbolLength(string text, int at) =>
            text[at] is '*' or '~' or '^' or '`' or '|' ? 1
            : text[at] >= 0x80 && Characters.IsPicture(Characters.At(text, at, out var length)) ? length
            : 0;
    }
}
