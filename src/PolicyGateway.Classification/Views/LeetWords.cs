namespace PolicyGateway.Classification.Views;

/// <summary>
/// Words in which digits and symbols stand for the letters they look like. Names of versions, units, formats and genes mix
/// letters and digits, too; so a word is read as leetspeak only where it then looks like a word of a language.
/// </summary>
internal static class LeetWords
{
    private const int MinLength = 4;
    private const int MaxLength = 24;
    private const float MinPlausibility = -2.9f;

    /// <summary>Words in capitals with digits are mostly codes.</summary>
    private const float MinPlausibilityOfCapitals = -2.5f;

    // The sign 1 and its like are read as i or as l, whichever makes the better word.
    private const string Signs = "0134578@$!|9";
    private const string ReadAs = "oieastbasiig";
    private const string EitherILetter = "1!|";

    public static TextView? Apply(string text, TextView? under, int maxLength)
    {
        ViewBuilder? builder = null;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && IsPart(text[i]))
            {
                i++;
            }

            var end = i;
            while (end > start && text[end - 1] is '!' or '|')
            {
                end--;
            }

            if (end - start is >= MinLength and <= MaxLength)
            {
                Read(text, start, end, maxLength, ref builder);
            }

            i = Math.Max(i, start + 1);
        }

        return builder?.Finish(ViewNames.Leetspeak, under);
    }

    /// <summary>Whether the sign @ begins a word: "@ttack" cannot be a name, since no word begins with "tt".</summary>
    public static bool IsAttached(ReadOnlySpan<char> text, int at) =>
        at + 3 < text.Length && (at == 0 || char.IsWhiteSpace(text[at - 1]))
        && char.IsAsciiLetterLower(text[at + 1]) && char.IsAsciiLetterLower(text[at + 2])
        && Bigrams.LogProbability(Bigrams.IndexOf(text[at + 1]), Bigrams.IndexOf(text[at + 2])) < 0
        && IsUnspeakableStart(text[at + 1], text[at + 2]);

    private static void Read(string text, int start, int end, int maxLength, ref ViewBuilder? builder)
    {
        var shape = Shape.Of(text.AsSpan(start, end - start));
        if (!(shape.IsMixed || IsAttached(text, start)) || IsInsideToken(text, start, end))
        {
            return;
        }

        Span<char> asI = stackalloc char[end - start];
        Span<char> asL = stackalloc char[end - start];
        var read = Translate(text.AsSpan(start, end - start), 'i', asI) > Translate(text.AsSpan(start, end - start), 'l', asL) ? asI : asL;
        if (PlausibilityOf(read) < (shape.IsCapitals ? MinPlausibilityOfCapitals : MinPlausibility))
        {
            return;
        }

        builder ??= new ViewBuilder(text, maxLength);
        builder.Replace(start, read.Length, read, OffsetStep.Forward);
    }

    private static float Translate(ReadOnlySpan<char> word, char either, Span<char> read)
    {
        for (var i = 0; i < word.Length; i++)
        {
            var sign = Signs.IndexOf(word[i], StringComparison.Ordinal);
            read[i] = sign < 0 ? word[i] : EitherILetter.Contains(word[i], StringComparison.Ordinal) ? either : ReadAs[sign];
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

    private static bool IsUnspeakableStart(char first, char second) =>
        !"aeiouyh".Contains(first, StringComparison.Ordinal) && !"aeiouyhrlw'".Contains(second, StringComparison.Ordinal)
        && !(first == 's' && "cfkmnpqt".Contains(second, StringComparison.Ordinal)) && !(second == 'n' && "kgp".Contains(first, StringComparison.Ordinal))
        && !(first == 'm' && second == 'c');

    /// <summary>What letters and signs a word is made of.</summary>
    private readonly struct Shape
    {
        /// <summary>Whether letters enclose signs, as in "h3llo" and not in "utf8", "3rd" or "covid19".</summary>
        public bool IsMixed { get; private init; }

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
                    inner += run > 0 && letters > 0 ? run : 0;
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
            return new Shape
            {
                IsCapitals = capitals,
                IsMixed = inner > 0 && readable && signs <= letters && longest <= 3 && flips <= 1 && !(hex && signs > 1)
                    && !(sameSign && firstSign is '|' or '9') && !(capitals && signs > 2),
            };
        }
    }
}
