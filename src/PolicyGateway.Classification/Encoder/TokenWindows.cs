using System.Runtime.InteropServices;

namespace PolicyGateway.Classification.Encoder;

/// <summary>
/// Cuts a text's tokens into overlapping windows that together hold every one, each with the special tokens and, for a
/// completion, the end of its prompt. The memory belongs to one lane; not thread-safe.
/// </summary>
internal sealed class TokenWindows(EncoderSpec spec, PieceTokenizer tokenizer)
{
    // The last tokens of a prompt stand in its last characters: a piece has 16 characters at most.
    private const int ContextCharacters = 2000;

    private readonly List<int> _tokens = [];
    private readonly List<int> _ends = [];
    private readonly List<int> _context = [];
    private int _length;
    private int _head;
    private int _next;

    /// <summary>How many windows were made.</summary>
    public int Count { get; private set; }

    /// <summary>Where a window's text begins, behind its prompt.</summary>
    public int TextStart => _head;

    /// <summary>Tokens of the text, the special ones and those of the prompt not counted.</summary>
    public int Tokens => _tokens.Count;

    /// <summary>Where in the text the window stands that was made last.</summary>
    public Range Characters { get; private set; }

    /// <summary>Begins with a text.</summary>
    /// <param name="kind">Which side of the exchange it stands on.</param>
    /// <param name="text">The text.</param>
    /// <param name="prompt">For a completion, the prompt before it.</param>
    /// <param name="most">No more tokens are read than this.</param>
    public void Start(TextKind kind, ReadOnlySpan<char> text, ReadOnlySpan<char> prompt, int most)
    {
        _tokens.Clear();
        _ends.Clear();
        _context.Clear();
        _length = text.Length;
        tokenizer.Encode(text, _tokens, most, _ends);
        if (kind == TextKind.Completion)
        {
            tokenizer.Encode(EndOf(prompt), _context);
            _context.RemoveRange(0, Math.Max(0, _context.Count - spec.ContextTokens));
        }

        // <s> before a prompt; <s> prompt </s> before a completion whose prompt is known.
        _head = _context.Count > 0 ? _context.Count + 2 : 1;
        (_next, Count) = (0, 0);
    }

    /// <summary>Writes the next window's tokens.</summary>
    /// <param name="window">As many as the model takes.</param>
    /// <returns>How many there are; 0 behind the last window. A text without tokens has one window.</returns>
    public int Next(Span<long> window)
    {
        if (Count > 0 && _next >= _tokens.Count)
        {
            return 0;
        }

        // A quarter of what a window has room for is shared with the one before.
        var room = spec.MaxTokens - _head - 1;
        var start = Count == 0 ? 0 : _next - (room / 4);
        var length = Math.Min(_tokens.Count - start, room);
        window[0] = EncoderSpec.Begin;
        if (_head > 1)
        {
            Copy(CollectionsMarshal.AsSpan(_context), window[1..]);
            window[_head - 1] = EncoderSpec.End;
        }

        Copy(CollectionsMarshal.AsSpan(_tokens).Slice(start, length), window[_head..]);
        window[_head + length] = EncoderSpec.End;
        _next = start + length;
        Characters = (start == 0 ? 0 : _ends[start - 1])..(_next == _tokens.Count ? _length : _ends[_next - 1]);
        Count++;
        return _head + length + 1;
    }

    /// <summary>The end of a prompt, from a space on where there is one: words are cut one by one, so its tokens are the same.</summary>
    private static ReadOnlySpan<char> EndOf(ReadOnlySpan<char> prompt)
    {
        if (prompt.Length <= ContextCharacters)
        {
            return prompt;
        }

        var end = prompt[^ContextCharacters..];
        var space = end[..(ContextCharacters / 4)].IndexOf(' ');
        return space < 0 ? end : end[(space + 1)..];
    }

    private static void Copy(ReadOnlySpan<int> from, Span<long> to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = from[i];
        }
    }
}
