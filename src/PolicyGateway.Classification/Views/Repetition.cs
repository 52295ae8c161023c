namespace PolicyGateway.Classification.Views;

/// <summary>
/// Takes out what is only said again, so that a phrase repeated a thousand times does not thin out the rest of the text.
/// Some repetition is ordinary (choruses, tables, logs), so only long ones are shortened, and two copies are kept.
/// </summary>
internal static class Repetition
{
    private const int MaxPeriod = 64;
    private const int KeptCopies = 2;
    private const int MinCopies = 6;
    private const int MinDropped = 200;
    private const int MinRun = 64;

    private const int SampleEvery = 512;
    private const int SampleLength = 16;
    private const int LongRepetition = 300;

    /// <summary>Looks at samples only: a long repetition repeats what is at some multiple of <see cref="SampleEvery"/>.</summary>
    public static bool MayOccurIn(ReadOnlySpan<char> text)
    {
        for (var i = 0; i + LongRepetition < text.Length; i += SampleEvery)
        {
            var rest = text[i..];
            var window = rest[1..Math.Min(rest.Length, SampleEvery)];
            var period = window.IndexOf(rest[..SampleLength], StringComparison.Ordinal) + 1;
            if (period > 0 && rest[period..Math.Min(rest.Length, period + LongRepetition)].CommonPrefixLength(rest) >= LongRepetition)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text without repetition, or null where there is little.</summary>
    public static TextView? Collapse(string text, TextView? under, int maxLength)
    {
        if (text.Length < MinDropped)
        {
            return null;
        }

        var runs = new ViewBuilder(text, maxLength);
        CollapseCharacters(text, runs);
        var first = runs.Finish(ViewNames.Collapsed, under);
        var source = first?.Text ?? text;
        var phrases = new ViewBuilder(source, maxLength);
        CollapseWords(source, phrases);
        return phrases.Finish(ViewNames.Collapsed, first ?? under) ?? first;
    }

    private static void CollapseCharacters(string text, ViewBuilder builder)
    {
        for (var i = 0; i < text.Length;)
        {
            var length = text.AsSpan(i).IndexOfAnyExcept(text[i]);
            length = length < 0 ? text.Length - i : length;
            if (length >= MinRun && char.IsLetter(text[i]))
            {
                builder.Drop(i + KeptCopies, length - KeptCopies);
            }

            i += length;
        }
    }

    private static void CollapseWords(string text, ViewBuilder builder)
    {
        var words = Words(text);
        var lastSeen = new Dictionary<int, int>();
        for (var i = 0; i < words.Count;)
        {
            var period = lastSeen.TryGetValue(words[i].Hash, out var seen) ? i - seen : 0;
            lastSeen[words[i].Hash] = i;
            var end = period is > 0 and <= MaxPeriod ? RepeatsUntil(words, i, period) : i;
            var start = i - period;
            var keptUntil = start + (KeptCopies * period);
            var next = end < words.Count ? words[end].Start : text.Length;
            var dropped = end > keptUntil ? next - words[keptUntil].Start : 0;
            if (end - start >= MinCopies * period && dropped >= MinDropped)
            {
                builder.Drop(words[keptUntil].Start, dropped);
                i = end;
                continue;
            }

            i++;
        }
    }

    /// <summary>The first word from <paramref name="at"/> on that is not the one a period before it.</summary>
    private static int RepeatsUntil(List<Token> words, int at, int period)
    {
        // A short look tells most that do not repeat, so that the whole stays linear.
        var end = at;
        var look = Math.Min(words.Count, at + ((MinCopies - 1) * period));
        while (end < look && words[end].Hash == words[end - period].Hash)
        {
            end++;
        }

        if (end < look)
        {
            return at;
        }

        while (end < words.Count && words[end].Hash == words[end - period].Hash)
        {
            end++;
        }

        return end;
    }

    private static List<Token> Words(string text)
    {
        var words = new List<Token>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && !char.IsWhiteSpace(text[i]) && (i == start || !Characters.IsHan(text[i])))
            {
                i++;
            }

            if (i > start)
            {
                words.Add(new Token(i, start, string.GetHashCode(text.AsSpan(start, i - start))));
            }
            else
            {
                i++;
            }
        }

        return words;
    }

    private readonly record struct Token(int End, int Start, int Hash);
}
