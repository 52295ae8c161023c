using System.Buffers;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Walks the words of a text that say something about its language: letters in a row that are not part of an identifier, a
/// path, a number, a formula or a key. Words of other scripts are passed over.
/// </summary>
internal ref struct WordScanner(ReadOnlySpan<char> text)
{
    /// <summary>Longer words are keys, hashes or encoded data.</summary>
    private const int MaxLetters = 24;

    private const int MinLetters = 3;
    private const uint Vowels = 1u << 1 | 1u << 5 | 1u << 9 | 1u << 15 | 1u << 21 | 1u << 25;

    private static readonly SearchValues<char> TokenBefore = SearchValues.Create("_@#/\\.=&$%<+0123456789");
    private static readonly SearchValues<char> TokenAfter = SearchValues.Create("_@/\\(=+>&0123456789");

    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    public Word Current { get; private set; }

    public bool MoveNext()
    {
        while (_at < _text.Length)
        {
            var start = _at;
            if (Bigrams.IndexOf(_text[start]) == Bigrams.Edge)
            {
                _at++;
                continue;
            }

            var word = ReadWord(start);
            _at = Math.Max(_at, start + 1);
            if (word.Letters is >= MinLetters and <= MaxLetters && !IsInsideToken(start, start + word.Length))
            {
                Current = word;
                return true;
            }
        }

        return false;
    }

    private Word ReadWord(int start)
    {
        var before = Bigrams.Edge;
        var (letters, lower, kinds) = (0, 0, 0u);
        var score = 0f;
        var camel = false;
        var i = start;
        for (; i < _text.Length; i++)
        {
            var c = _text[i];
            var letter = Bigrams.IndexOf(c);
            if (letter == Bigrams.Edge)
            {
                if (c is '\'' or '\u2019' && letters > 0)
                {
                    continue;
                }

                break;
            }

            var isLower = c < 0x80 ? c >> 5 & 1 : char.IsLower(c) ? 1 : 0;
            camel |= isLower == 0 && lower > 0;
            lower += isLower;
            letters++;
            kinds |= 1u << letter;
            score += Bigrams.LogProbability(before, letter);
            before = letter;
        }

        _at = i;
        score += Bigrams.LogProbability(before, Bigrams.Edge);
        var isCase = lower >= letters - 1 && !camel;
        if (letters < MinLetters || (!isCase && lower > 0) || IsSequence(kinds, letters))
        {
            return default;
        }

        return new Word(start, i - start, letters, score, lower == 0, IsAbbreviation: letters <= 4 && (kinds & Vowels) == 0);
    }

    /// <summary>Genes are spelled with the letters a, c, g, t, u, and n for any.</summary>
    private static bool IsSequence(uint kinds, int letters) =>
        letters >= 4 && (kinds & ~(1u << 1 | 1u << 3 | 1u << 7 | 1u << 14 | 1u << 20 | 1u << 21)) == 0;

    private readonly bool IsInsideToken(int start, int end)
    {
        var before = start > 0 ? _text[start - 1] : ' ';
        var after = end < _text.Length ? _text[end] : ' ';
        return TokenBefore.Contains(before) || TokenAfter.Contains(after)
            || (after is '.' or ':' && end + 1 < _text.Length && char.IsLetterOrDigit(_text[end + 1]));
    }
}

/// <summary>A word in Latin letters.</summary>
/// <param name="Start">Its offset in the text.</param>
/// <param name="Length">Its code units, apostrophes included.</param>
/// <param name="Letters">Its letters.</param>
/// <param name="Score">Log of its probability, see <see cref="Bigrams"/>; <see cref="Pairs"/> terms.</param>
/// <param name="IsCapitals">Whether it has capitals only.</param>
/// <param name="IsAbbreviation">Whether it is short and has no vowel.</param>
internal readonly record struct Word(int Start, int Length, int Letters, float Score, bool IsCapitals, bool IsAbbreviation)
{
    public int End => Start + Length;

    public int Pairs => Letters + 1;

    /// <summary>Mean log of the probability of a pair of letters: about -2.6 for words of a language, -3.8 for letters by chance.</summary>
    public float Plausibility => Score / Pairs;
}
