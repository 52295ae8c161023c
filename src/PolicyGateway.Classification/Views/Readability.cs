namespace PolicyGateway.Classification.Views;

/// <summary>Whether a classifier can be expected to understand a text.</summary>
internal enum Reading
{
    Readable,

    /// <summary>Most of the text is in a script without a supported language, or in no language that is written in Latin letters.</summary>
    Unreadable,
}

/// <summary>
/// Tells ciphers and unsupported scripts from text. A text is readable until much speaks against it, since unreadable means
/// refused: numbers, code, keys, formulae and short texts are readable.
/// </summary>
internal static class Readability
{
    /// <summary>Letters that a text needs before it can be called unreadable.</summary>
    public const int MinLetters = 40;

    /// <summary>Mean log of the probability of a pair of letters, below which words belong to no language.</summary>
    public const float MinPlausibility = -3.4f;

    /// <summary>The same for one word of at least four letters.</summary>
    private const float MinWordPlausibility = -3.2f;

    private const int MinWords = 6;

    /// <summary>Letters of a stretch of no language that make a text unreadable, whatever stands around it.</summary>
    private const int MinStretchLetters = 60;

    public static Reading Of(ReadOnlySpan<char> text)
    {
        var letters = ScriptCount.Of(text);
        if (letters.Unsupported >= MinLetters && letters.Unsupported > letters.Supported)
        {
            return Reading.Unreadable;
        }

        // Words in Latin letters inside a text of another script are names and terms, and say little.
        return letters.Latin < MinLetters || 2 * letters.Latin < letters.Supported || HasLanguage(text) || CodeSigns.AreIn(text)
            ? Reading.Readable
            : Reading.Unreadable;
    }

    private static bool HasLanguage(ReadOnlySpan<char> text)
    {
        var small = default(Tally);
        var capitals = default(Tally);
        var stretch = default(Stretch);
        var words = new WordScanner(text);
        while (words.MoveNext())
        {
            if (words.Current.IsAbbreviation)
            {
                continue;
            }

            stretch.Add(words.Current);

            if (words.Current.IsCapitals)
            {
                capitals.Add(words.Current);
            }
            else
            {
                small.Add(words.Current);
            }
        }

        if (stretch.WorstLetters >= MinStretchLetters && !CodeSigns.AreIn(text[stretch.WorstStart..stretch.WorstEnd]))
        {
            return false;
        }

        // Abbreviations are in capitals, so those count only in a text of little else.
        return small.Letters >= MinLetters ? small.HasLanguage : capitals.Letters < 2 * MinLetters || capitals.HasLanguage;
    }

    private struct Tally
    {
        private float _score;
        private int _pairs;
        private int _words;
        private int _plausible;

        public int Letters { get; private set; }

        public readonly bool HasLanguage =>
            _words < MinWords || _score > MinPlausibility * _pairs || 2 * _plausible > _words;

        public void Add(in Word word)
        {
            Letters += word.Letters;
            _score += word.Score;
            _pairs += word.Pairs;
            _words++;
            _plausible += word.Plausibility > MinWordPlausibility ? 1 : 0;
        }
    }

    /// <summary>
    /// Finds the stretch of words that is least like a language: the one with the greatest sum of how far each word is below
    /// what is plausible, in one pass.
    /// </summary>
    private struct Stretch
    {
        private float _sum;
        private float _worst;
        private int _start;
        private int _letters;

        public int WorstLetters { get; private set; }

        public int WorstStart { get; private set; }

        public int WorstEnd { get; private set; }

        public void Add(in Word word)
        {
            if (word.IsCapitals)
            {
                return;
            }

            if (_sum <= 0)
            {
                (_sum, _letters, _start) = (0, 0, word.Start);
            }

            _sum += (MinWordPlausibility * word.Pairs) - word.Score;
            _letters += word.Letters;
            if (_sum > _worst)
            {
                (_worst, WorstLetters, WorstStart, WorstEnd) = (_sum, _letters, _start, word.End);
            }
        }
    }
}
