using System.Buffers;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Words in which digits and symbols stand for the letters they look like. Names of versions, units, formats and genes mix
/// letters and digits, too; so a word is read as leetspeak only where it then looks like a word of a language.
/// </summary>
internal static class LeetWords
{
    private const int MaxLength = 24;

    /// <summary>Words of letters and signs that are looked at to know a text's manner.</summary>
    private const int MixedWords = 100;

    /// <summary>Words in capitals with digits are mostly codes.</summary>
    private const float MinPlausibilityOfCapitals = -2.5f;

    // The sign 1 and its like are read as i or as l, whichever makes the better word.
    private const string Signs = "0134578@$!9";
    private const string ReadAs = "oieastbasig";
    private const string IOrL = "1!";

    private static readonly SearchValues<char> SignValues = SearchValues.Create(Signs);

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        ViewBuilder? builder = null;
        var manner = IsStyle(text) ? Manner.Style : Manner.Strict;
        var words = Read(text, maxLength, manner, ref builder);
        while (Manner.After(words) is { } next && next.IsFreerThan(manner))
        {
            (manner, builder) = (next, null);
            words = Read(text, maxLength, manner, ref builder);
        }

        return builder?.Finish(ViewNames.Leetspeak, under);
    }

    /// <summary>Whether most words of letters and signs are in the list of words once they are read, and there are some.</summary>
    private static bool IsStyle(string text)
    {
        var (mixed, known) = (0, 0);
        Span<char> read = stackalloc char[MaxLength];
        for (var i = 0; i < text.Length && mixed < MixedWords;)
        {
            var start = i;
            while (i < text.Length && IsPart(text[i]))
            {
                i++;
            }

            var word = text.AsSpan(start, i - start).TrimEnd('!');
            if (word.Length is > 2 and <= MaxLength && word.ContainsAny(SignValues) && word.ContainsAnyExcept(SignValues))
            {
                mixed++;
                Translate(word, 'i', read[..word.Length]);
                known += IsWord(read[..word.Length], behindApostrophe: false) ? 1 : 0;
            }

            i = Math.Max(i, start + 1);
        }

        return known >= Manner.WordsOfStyle && 2 * known >= mixed;
    }

    /// <summary>The letter that a sign stands for, or the character itself.</summary>
    public static char LetterOf(char c) => Signs.IndexOf(c, StringComparison.Ordinal) is >= 0 and var sign ? ReadAs[sign] : c;

    /// <summary>Replaces what reads as a word and returns how many did that are no codes in capitals.</summary>
    private static int Read(string text, int maxLength, Manner manner, ref ViewBuilder? builder)
    {
        var words = 0;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && IsPart(text[i]))
            {
                i++;
            }

            var end = i;
            while (end > start && text[end - 1] is '!')
            {
                end--;
            }

            if (end - start <= MaxLength && end - start >= manner.MinLength && TryRead(text, start, end, maxLength, manner, ref builder))
            {
                words += text.AsSpan(start, end - start).ContainsAnyInRange('a', 'z') ? 1 : 0;
            }

            i = Math.Max(i, start + 1);
        }

        return words;
    }

    /// <summary>Whether the sign @ begins a word: "@ttack" cannot be a name, since no word begins with "tt".</summary>
    public static bool IsAttached(ReadOnlySpan<char> text, int at) =>
        text[at] == '@' && at + 3 < text.Length && (at == 0 || char.IsWhiteSpace(text[at - 1]))
        && char.IsAsciiLetterLower(text[at + 1]) && char.IsAsciiLetterLower(text[at + 2])
        && IsUnspeakableStart(text[at + 1], text[at + 2]);

    private static bool TryRead(string text, int start, int end, int maxLength, Manner manner, ref ViewBuilder? builder)
    {
        var word = text.AsSpan(start, end - start);
        var shape = Shape.Of(word);
        Span<char> asI = stackalloc char[word.Length];
        Span<char> asL = stackalloc char[word.Length];
        var read = Translate(word, 'i', asI) > Translate(word, 'l', asL) ? asI : asL;
        var isKnown = false;
        if (manner.KnowsWords && word.ContainsAny(SignValues))
        {
            var behindApostrophe = start > 0 && text[start - 1] is '\'' or '\u2019';
            isKnown = IsWord(asI, behindApostrophe) || IsWord(asL, behindApostrophe);
            read = !isKnown ? read : IsWord(asI, behindApostrophe) ? asI : asL;
        }

        if (IsInsideToken(text, start, end) || !((isKnown && manner.ReadsSigns) || MayBeRead(text, start, end, shape, manner)))
        {
            return false;
        }

        if (!isKnown && PlausibilityOf(read) < (shape.IsCapitals ? MinPlausibilityOfCapitals : manner.MinPlausibility))
        {
            return false;
        }

        builder ??= new ViewBuilder(text, maxLength);
        builder.Replace(start, read.Length, read, OffsetStep.Forward);
        return true;
    }

    private static bool MayBeRead(string text, int start, int end, in Shape shape, Manner manner) =>
        (manner.Reads(shape) || IsAttached(text, start)) && !IsHexadecimal(text, start, end);

    /// <summary>Whether what was read is a word: of the list, or one letter that is one.</summary>
    private static bool IsWord(ReadOnlySpan<char> read, bool behindApostrophe)
    {
        Span<char> small = stackalloc char[read.Length];
        read.ToLowerInvariant(small);
        return small.Length > 1 ? JoinedWords.Contains(small) : small[0] is 'a' or 'i' || (behindApostrophe && small[0] is 's' or 't');
    }

    private static float Translate(ReadOnlySpan<char> word, char either, Span<char> read)
    {
        for (var i = 0; i < word.Length; i++)
        {
            read[i] = IOrL.Contains(word[i], StringComparison.Ordinal) ? either : LetterOf(word[i]);
        }

        return PlausibilityOf(read);
    }

    private static float PlausibilityOf(ReadOnlySpan<char> word)
    {
        var (score, before) = (0f, Bigrams.Edge);
        foreach (var c in word)
        {
            var letter = Bigrams.IndexOf(c);
            score += Bigrams.LogProbability(before, letter);
            before = letter;
        }

        return (score + Bigrams.LogProbability(before, Bigrams.Edge)) / (word.Length + 1);
    }

    private static bool IsPart(char c) => char.IsAsciiLetter(c) || Signs.Contains(c, StringComparison.Ordinal) || char.IsAsciiDigit(c) || c >= 0x80;

    /// <summary>Paths, versions, addresses, assignments and the like hold words that are none.</summary>
    private static bool IsInsideToken(string text, int start, int end)
    {
        var before = start > 0 ? text[start - 1] : ' ';
        var after = end < text.Length ? text[end] : ' ';
        return "_/\\.=#%&:<+{".Contains(before, StringComparison.Ordinal) || "_/\\=#%&(<+{".Contains(after, StringComparison.Ordinal)
            || (after is '.' or ':' or '-' && end + 1 < text.Length && char.IsAsciiLetterOrDigit(text[end + 1]));
    }

    /// <summary>Numbers to the base of sixteen: "0x4f", and words of nothing but their digits that stand side by side, as in a dump.</summary>
    private static bool IsHexadecimal(string text, int start, int end)
    {
        var word = text.AsSpan(start, end - start);
        return (word is ['0', 'x' or 'X', .. var digits] && HasHexDigitsOnly(digits))
            || (HasHexDigitsOnly(word) && (IsHexadecimalWord(WordBefore(text, start)) || IsHexadecimalWord(WordAfter(text, end))));
    }

    private static bool IsHexadecimalWord(ReadOnlySpan<char> word) => word.Length > 1 && word.ContainsAnyInRange('0', '9') && HasHexDigitsOnly(word);

    private static bool HasHexDigitsOnly(ReadOnlySpan<char> word) => !word.IsEmpty && !word.ContainsAnyExcept(HexDigits);

    private static ReadOnlySpan<char> WordBefore(string text, int start)
    {
        var end = start > 0 && text[start - 1] is ' ' ? start - 1 : start;
        var begin = end;
        while (begin > 0 && end - begin <= MaxLength && IsPart(text[begin - 1]))
        {
            begin--;
        }

        return text.AsSpan(begin, end - begin);
    }

    private static ReadOnlySpan<char> WordAfter(string text, int end)
    {
        var begin = end < text.Length && text[end] is ' ' ? end + 1 : end;
        var stop = begin;
        while (stop < text.Length && stop - begin <= MaxLength && IsPart(text[stop]))
        {
            stop++;
        }

        return text.AsSpan(begin, stop - begin);
    }

    private static bool IsUnspeakableStart(char first, char second) =>
        !"aeiouyh".Contains(first, StringComparison.Ordinal) && !"aeiouyhrlw'".Contains(second, StringComparison.Ordinal)
        && !(first == 's' && "cfkmnpqt".Contains(second, StringComparison.Ordinal)) && !(second == 'n' && "kgp".Contains(first, StringComparison.Ordinal))
        && !(first == 'm' && second == 'c');

    /// <summary>What letters and signs a word is made of.</summary>
    private readonly struct Shape
    {
        /// <summary>Whether letters enclose signs, as in "h3llo" and not in "utf8", "3rd" or "covid19".</summary>
        public bool IsMixed { get; private init; }

        /// <summary>Whether there are letters and few signs in a row, and all signs can be read.</summary>
        public bool IsReadable { get; private init; }

        /// <summary>Whether there are signs, and all can be read, even where there is nothing else.</summary>
        public bool IsSigns { get; private init; }

        public bool IsCapitals { get; private init; }

        public static Shape Of(ReadOnlySpan<char> word)
        {
            var (letters, signs, inner, lower, flips, run, longest) = (0, 0, 0, 0, 0, 0, 0);
            var (hex, readable, firstSign, sameSign) = (true, true, '\0', true);
            foreach (var c in word)
            {
                hex &= char.IsAsciiHexDigit(c);
                if (char.IsAsciiLetter(c))
                {
                    // A capital after a sign begins another word: "Log4Net".
                    inner += letters > 0 && !(char.IsAsciiLetterUpper(c) && lower > 0) ? run : 0;
                    flips += char.IsAsciiLetterUpper(c) && lower > 0 ? 1 : 0;
                    lower += char.IsAsciiLetterLower(c) ? 1 : 0;
                    letters++;
                    run = 0;
                    continue;
                }

                readable &= c < 0x80 && Signs.Contains(c, StringComparison.Ordinal);
                firstSign = firstSign == '\0' ? c : firstSign;
                sameSign &= c == firstSign;
                signs++;
                longest = Math.Max(longest, ++run);
            }

            var capitals = lower == 0;
            var isVersion = word[0] is 'v' or 'V' && word.Length > 1 && char.IsAsciiDigit(word[1]);
            var isSigns = readable && signs > 0 && flips == 0 && !isVersion && word[0] is not '@' and not '$';
            return new Shape
            {
                IsCapitals = capitals && letters > 0,
                IsReadable = isSigns && !capitals && longest <= 3,
                IsSigns = isSigns && (letters == 0 ? signs > 2 : !capitals),
                IsMixed = word[0] != '@' && inner > 0 && readable && signs <= letters + 1 && longest <= 4 && flips <= 1 && !(hex && signs > 1)
                    && !(sameSign && firstSign == '9') && !isVersion && !(capitals && signs > 2),
            };
        }
    }

    /// <summary>
    /// How readily a word is taken for leetspeak. Who writes one word so may mean a code; who writes some words so writes short
    /// words so, too, and ends others in signs; who writes all words so may leave no letter in them.
    /// </summary>
    private readonly record struct Manner(int MinLength, float MinPlausibility, bool ReadsEnds, bool ReadsSigns)
    {
        public static readonly Manner Strict = new(4, -3.2f, ReadsEnds: false, ReadsSigns: false);

        private static readonly Manner Habit = new(2, -3.4f, ReadsEnds: true, ReadsSigns: false);
        public static readonly Manner Style = new(1, -4.2f, ReadsEnds: true, ReadsSigns: true);

        private const int WordsOfHabit = 2;
        public const int WordsOfStyle = 4;

        public static Manner? After(int words) => words >= WordsOfStyle ? Style : words >= WordsOfHabit ? Habit : null;

        public bool IsFreerThan(Manner other) => MinLength < other.MinLength;

        /// <summary>Whether the list of words is asked: a word of it is read without a look at its letters.</summary>
        public bool KnowsWords => ReadsEnds;

        public bool Reads(in Shape shape) => shape.IsMixed || (ReadsEnds && shape.IsReadable) || (ReadsSigns && shape.IsSigns);
    }
}
