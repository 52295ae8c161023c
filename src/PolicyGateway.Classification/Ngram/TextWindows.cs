namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// Cuts a text into overlapping windows that together cover every character. A boundary never parts a surrogate pair,
/// and moves to a space where one is near, so that no word is cut in both of its windows.
/// </summary>
internal ref struct TextWindows(ReadOnlySpan<char> text, int size, int overlap)
{
    // A quarter of the overlap is searched for a space.
    private readonly int _slack = overlap / 4;
    private readonly ReadOnlySpan<char> _text = text;
    private int _start = -1;
    private int _end = 0;

    public ReadOnlySpan<char> Current => _text[_start.._end];

    public Range CurrentRange => _start.._end;

    public int Count { get; private set; }

    /// <summary>All windows of a text.</summary>
    public static IReadOnlyList<Range> Ranges(ReadOnlySpan<char> text, int size, int overlap)
    {
        var ranges = new List<Range>();
        var windows = new TextWindows(text, size, overlap);
        while (windows.MoveNext())
        {
            ranges.Add(windows.CurrentRange);
        }

        return ranges;
    }

    /// <summary>Steps to the next window; an empty text has one empty window.</summary>
    public bool MoveNext()
    {
        if (_start >= 0 && _end == _text.Length)
        {
            return false;
        }

        _start = _start < 0 ? 0 : Boundary(_end - overlap);
        _end = _text.Length - _start <= size ? _text.Length : Boundary(_start + size);
        Count++;
        return true;
    }

    private int Boundary(int at)
    {
        var space = _text[(at - _slack)..at].LastIndexOf(' ');
        at = space < 0 ? at : at - _slack + space;
        return char.IsLowSurrogate(_text[at]) && char.IsHighSurrogate(_text[at - 1]) ? at - 1 : at;
    }
}
