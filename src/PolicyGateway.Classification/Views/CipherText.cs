namespace PolicyGateway.Classification.Views;

/// <summary>
/// Stretches of a text that belong to no language until their letters are shifted along the alphabet (ROT13 and the other
/// 24), mirrored in it (Atbash) or read backwards.
/// </summary>
internal sealed class CipherText
{
    /// <summary>Letters of a stretch that is judged by itself. Fewer look like anything.</summary>
    private const int BlockLetters = 24;

    /// <summary>Letters that are tried in all ways; the rest follows.</summary>
    private const int TriedLetters = 400;

    /// <summary>Characters at either end of a line that belong to a stretch without being judged.</summary>
    private const int MaxLead = 16;

    private const float EncipheredBelow = -3.2f;
    private const float ReadableAbove = -2.9f;
    private const float ReversedBelow = -2.8f;
    private const float MinGain = 0.35f;

    private readonly string _text;
    private readonly List<Word> _words = [];
    private readonly List<Block> _blocks = [];

    public CipherText(string text)
    {
        _text = text;
        var scanner = new WordScanner(text);
        while (scanner.MoveNext())
        {
            _words.Add(scanner.Current);
        }

        // Abbreviations in a text say nothing; a text in capitals does.
        var capitals = _words.Count(word => word.IsCapitals);
        _words.RemoveAll(word => word.IsCapitals && 2 * capitals < _words.Count);
        FormBlocks();
    }

    public TextView? Shifted(TextView? under, int maxLength)
    {
        var builder = new ViewBuilder(_text, maxLength);
        for (var first = 0; first < _blocks.Count; first++)
        {
            var last = first;
            while (last < _blocks.Count && _blocks[last].Plausibility < EncipheredBelow)
            {
                last++;
            }

            if (last > first)
            {
                Decipher(_blocks[first].First, _blocks[last - 1].Last, builder);
                first = last;
            }
        }

        return builder.Finish(ViewNames.Shifted, under);
    }

    /// <param name="under">The view that is read, if it is not the raw text.</param>
    /// <param name="maxLength">Characters that the view may have.</param>
    /// <param name="keepOrder">Whether only the letters of each word run backwards.</param>
    public TextView? Reversed(TextView? under, int maxLength, bool keepOrder)
    {
        var builder = new ViewBuilder(_text, maxLength);
        for (var first = 0; first < _blocks.Count; first++)
        {
            var (score, backwards, pairs, last) = (0f, 0f, 0, first);
            for (; last < _blocks.Count && _blocks[last].Backwards > _blocks[last].Score; last++)
            {
                score += _blocks[last].Score;
                backwards += _blocks[last].Backwards;
                pairs += _blocks[last].Pairs;
            }

            if (last > first && score < ReversedBelow * pairs && backwards - score > MinGain * pairs)
            {
                Reverse(_blocks[first].First, _blocks[last - 1].Last, keepOrder, builder);
            }

            first = Math.Max(first, last - 1);
        }

        return builder.Finish(keepOrder ? ViewNames.ReversedWords : ViewNames.Reversed, under);
    }

    private void FormBlocks()
    {
        var block = new Block(0, -1, 0, 0, 0, 0);
        for (var i = 0; i < _words.Count; i++)
        {
            block = block.With(_words[i], i, Backwards(_words[i]));
            if (block.Letters >= BlockLetters)
            {
                _blocks.Add(block);
                block = new Block(i + 1, i, 0, 0, 0, 0);
            }
        }

        if (block.Letters > 0 && _blocks.Count > 0)
        {
            _blocks[^1] = _blocks[^1].With(block);
        }
    }

    private float Backwards(in Word word)
    {
        var (score, before) = (0f, Bigrams.Edge);
        for (var i = word.End - 1; i >= word.Start; i--)
        {
            if (Bigrams.IndexOf(_text[i]) is > 0 and var letter)
            {
                score += Bigrams.LogProbability(before, letter);
                before = letter;
            }
        }

        return score + Bigrams.LogProbability(before, Bigrams.Edge);
    }

    private void Decipher(int first, int last, ViewBuilder builder)
    {
        var best = default(Alphabet);
        var bestScore = float.MinValue;
        for (var shift = 0; shift < 26; shift++)
        {
            var alphabet = new Alphabet(shift); // a shift of 0 mirrors
            var score = PlausibilityOf(first, last, alphabet);
            (best, bestScore) = score > bestScore ? (alphabet, score) : (best, bestScore);
        }

        if (bestScore < ReadableAbove)
        {
            return;
        }

        while (first < last && IsWorse(first, best))
        {
            first++;
        }

        while (last > first && IsWorse(last, best))
        {
            last--;
        }

        while (first > 0 && IsBetter(first - 1, best))
        {
            first--;
        }

        while (last + 1 < _words.Count && IsBetter(last + 1, best))
        {
            last++;
        }

        var start = Math.Min(Math.Max(builder.Read, _words[first].Start), _words[last].End);
        var range = _text.AsSpan(start, _words[last].End - start);
        if (CodeSigns.AreIn(range))
        {
            return;
        }

        builder.Replace(start, range.Length, best.Read(range), OffsetStep.Forward);
    }

    /// <summary>The first or last word of the stretch may be the end of a plain sentence.</summary>
    private bool IsWorse(int word, Alphabet alphabet) =>
        _words[word].Plausibility > PlausibilityOf(word, word, alphabet) + MinGain;

    /// <summary>A word beside the stretch belongs to it only where it is no word as it stands.</summary>
    private bool IsBetter(int word, Alphabet alphabet) =>
        _words[word].Plausibility < ReadableAbove && PlausibilityOf(word, word, alphabet) > _words[word].Plausibility + MinGain;

    private float PlausibilityOf(int first, int last, Alphabet alphabet)
    {
        var (score, pairs) = (0f, 0);
        for (var i = first; i <= last && pairs < TriedLetters; i++)
        {
            var before = Bigrams.Edge;
            foreach (var c in _text.AsSpan(_words[i].Start, _words[i].Length))
            {
                if (alphabet.Read(Bigrams.IndexOf(c)) is > 0 and var letter)
                {
                    score += Bigrams.LogProbability(before, letter);
                    before = letter;
                }
            }

            score += Bigrams.LogProbability(before, Bigrams.Edge);
            pairs += _words[i].Pairs;
        }

        return score / pairs;
    }

    private void Reverse(int first, int last, bool keepOrder, ViewBuilder builder)
    {
        var (from, to) = ToLine(_words[first].Start, _words[last].End);
        from = Math.Min(Math.Max(from, builder.Read), to);
        if (CodeSigns.AreIn(_text.AsSpan(from, to - from)))
        {
            return;
        }

        if (!keepOrder)
        {
            ReverseRange(from, to, builder);
            return;
        }

        for (var i = from; i < to;)
        {
            var start = i;
            while (i < to && Bigrams.IndexOf(_text[i]) != Bigrams.Edge)
            {
                i++;
            }

            if (i - start > 1)
            {
                ReverseRange(start, i, builder);
            }

            i = Math.Max(i, start + 1);
        }
    }

    /// <summary>Words at the ends of the line that were not judged ("ehT" for "The") belong to the stretch.</summary>
    private (int From, int To) ToLine(int from, int to)
    {
        var lead = _text.AsSpan(Math.Max(0, from - MaxLead), Math.Min(MaxLead, from));
        var after = _text.AsSpan(to, Math.Min(MaxLead, _text.Length - to));
        var newLine = lead.LastIndexOf('\n');
        var end = after.IndexOf('\n');
        from = newLine >= 0 ? from - lead.Length + newLine + 1 : from <= MaxLead ? 0 : from;
        to = end >= 0 ? to + end : to + MaxLead >= _text.Length ? _text.Length : to;
        return (from, to);
    }

    internal static void ReverseRange(int start, int end, ViewBuilder builder)
    {
        var backwards = builder.Source.AsSpan(start, end - start).ToArray();
        Array.Reverse(backwards);
        for (var i = 0; i + 1 < backwards.Length; i++)
        {
            if (char.IsLowSurrogate(backwards[i]) && char.IsHighSurrogate(backwards[i + 1]))
            {
                (backwards[i], backwards[i + 1]) = (backwards[i + 1], backwards[i]);
            }
        }

        builder.Replace(start, end - start, backwards, OffsetStep.Backward);
    }

    /// <summary>An alphabet that begins elsewhere, or at its end and runs backwards.</summary>
    private readonly record struct Alphabet(int Shift)
    {
        public int Read(int letter) => letter == Bigrams.Edge ? letter : Shift == 0 ? 27 - letter : 1 + ((letter - 1 + Shift) % 26);

        public char[] Read(ReadOnlySpan<char> text)
        {
            var read = text.ToArray();
            for (var i = 0; i < read.Length; i++)
            {
                if (char.IsAsciiLetter(read[i]))
                {
                    var small = (char)('a' - 1 + Read(Bigrams.IndexOf(read[i])));
                    read[i] = char.IsAsciiLetterUpper(read[i]) ? char.ToUpperInvariant(small) : small;
                }
            }

            return read;
        }
    }

    /// <summary>Some words in a row.</summary>
    private readonly record struct Block(int First, int Last, int Letters, int Pairs, float Score, float Backwards)
    {
        public float Plausibility => Score / Pairs;

        public Block With(in Word word, int index, float backwards) =>
            new(First, index, Letters + word.Letters, Pairs + word.Pairs, Score + word.Score, Backwards + backwards);

        public Block With(in Block next) =>
            new(First, next.Last, Letters + next.Letters, Pairs + next.Pairs, Score + next.Score, Backwards + next.Backwards);
    }
}
