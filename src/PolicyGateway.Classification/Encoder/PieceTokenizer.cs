namespace PolicyGateway.Classification.Encoder;

/// <summary>
/// A text to the pieces that make it likeliest (unigram, Viterbi), after NFKC and with white space folded: what the model was
/// trained on, token for token. No piece reaches over a space, so words are cut one by one, in linear time. The memory
/// belongs to one lane; not thread-safe.
/// </summary>
internal sealed class PieceTokenizer(PieceTable pieces)
{
    // A word longer than this is cut as if it were several, so that memory stays bounded. Longer than any piece by far.
    private const int LongestWord = 4096;

    // Normalisation is done in stretches that end at a plain space, over which it has no effect.
    private const int Stretch = 4096;

    private readonly char[] _word = new char[LongestWord + 2];
    private readonly double[] _best = new double[LongestWord + 3];
    private readonly int[] _from = new int[LongestWord + 3];
    private readonly int[] _piece = new int[LongestWord + 3];

    private List<int>? _ends;

    // Where in its stretch the word stands that is encoded.
    private int _at;

    /// <summary>Appends the tokens of a text; no special ones.</summary>
    /// <param name="text">Any text, of any length.</param>
    /// <param name="tokens">What is appended to.</param>
    /// <param name="most">It stops soon after so many tokens.</param>
    /// <param name="ends">
    /// Given the offset in the text at which each token ends; near it, where normalisation changed the length of what stands around.
    /// </param>
    public void Encode(ReadOnlySpan<char> text, List<int> tokens, int most = int.MaxValue, List<int>? ends = null)
    {
        _ends = ends;
        var start = 0;
        var isFirst = true;
        var endsInSpace = false;
        while (start < text.Length && tokens.Count < most)
        {
            var end = EndOfStretch(text, start);
            var stretch = text[start..end];
            var read = Nfkc.IsPlain(stretch) ? stretch : Nfkc.Normalize(stretch);
            var first = ends?.Count ?? 0;
            endsInSpace = EncodeStretch(read, tokens, most, ref isFirst);
            for (var i = first; i < ends?.Count; i++)
            {
                ends[i] = start + (int)((long)ends[i] * stretch.Length / read.Length);
            }

            start = end;
        }

        if (endsInSpace && tokens.Count < most)
        {
            // White space at the end is a space before nothing.
            _at = start - 1;
            EncodeWord([PieceTable.Space], tokens);
        }
    }

    private static int EndOfStretch(ReadOnlySpan<char> text, int start)
    {
        if (text.Length - start <= Stretch)
        {
            return text.Length;
        }

        var space = text[(start + Stretch)..].IndexOfAny(' ', '\n');
        return space < 0 ? text.Length : start + Stretch + space + 1;
    }

    /// <summary>Encodes words; says whether white space stands at the end.</summary>
    private bool EncodeStretch(ReadOnlySpan<char> text, List<int> tokens, int most, ref bool isFirst)
    {
        var at = 0;
        while (at < text.Length && tokens.Count < most)
        {
            var start = at;
            while (at < text.Length && !char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                _at = start;
                AddWord(text[start..at], tokens, most, isFirst);
            }

            // The mark in front is put before the first word, too, unless the text begins with one.
            isFirst = false;
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }
        }

        return text.Length > 0 && char.IsWhiteSpace(text[^1]);
    }

    private void AddWord(ReadOnlySpan<char> word, List<int> tokens, int most, bool isFirst)
    {
        var marks = isFirst && word[0] == PieceTable.Space ? 0 : 1;
        _word[0] = PieceTable.Space;
        while (!word.IsEmpty && tokens.Count < most)
        {
            var length = Math.Min(word.Length, LongestWord);
            length -= length < word.Length && char.IsHighSurrogate(word[length - 1]) ? 1 : 0;
            word[..length].CopyTo(_word.AsSpan(marks));
            _at -= marks;
            EncodeWord(_word.AsSpan(0, length + marks), tokens);
            _at += marks + length;
            word = word[length..];
            marks = 0;
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> tokens)
    {
        var (best, from, piece) = (_best, _from, _piece);
        best.AsSpan(0, word.Length + 1).Fill(double.NegativeInfinity);
        best[0] = 0;
        for (var start = 0; start < word.Length; start += Width(word, start))
        {
            var width = Width(word, start);
            var isCovered = false;
            var node = 0;
            for (var end = start; end < word.Length && (node = pieces.Step(node, word[end])) != 0; end++)
            {
                if (pieces.PieceAt(node) is var id and >= 0)
                {
                    Offer(start, end + 1, id, pieces.ScoreOf(id));
                    isCovered |= end + 1 == start + width;
                }
            }

            if (!isCovered)
            {
                Offer(start, start + width, EncoderSpec.Unknown, pieces.UnknownScore);
            }
        }

        var first = tokens.Count;
        for (var end = word.Length; end > 0; end = from[end])
        {
            // Unknown characters in a row are one token.
            if (piece[end] != EncoderSpec.Unknown || tokens.Count == first || tokens[^1] != EncoderSpec.Unknown)
            {
                tokens.Add(piece[end]);
                _ends?.Add(_at + end);
            }
        }

        tokens.Reverse(first, tokens.Count - first);
        _ends?.Reverse(_ends.Count - (tokens.Count - first), tokens.Count - first);

        void Offer(int start, int end, int id, double score)
        {
            if (best[start] + score > best[end])
            {
                (best[end], from[end], piece[end]) = (best[start] + score, start, id);
            }
        }
    }

    private static int Width(ReadOnlySpan<char> word, int at) =>
        char.IsHighSurrogate(word[at]) && at + 1 < word.Length && char.IsLowSurrogate(word[at + 1]) ? 2 : 1;
}
