using System.Text;

namespace PolicyGateway.Classification.Views;

/// <summary>
/// Writes a view as edits of its source from left to right; what lies between edits is copied. An edit that would make the
/// view longer than it may be is left out, so that no input grows without bound.
/// </summary>
/// <param name="source">The text that is edited.</param>
/// <param name="maxLength">Characters that the view may have.</param>
internal sealed class ViewBuilder(string source, int maxLength)
{
    private readonly OffsetRuns _runs = new();
    private StringBuilder? _text;
    private int _read;

    public string Source => source;

    public bool HasEdits => _text is not null;

    /// <summary>Where the next edit may begin: what lies before it is written.</summary>
    public int Read => _read;

    public void Drop(int start, int length) => Replace(start, length, []);

    /// <summary>Replaces a range of the source, which must lie behind all earlier ones.</summary>
    public void Replace(int start, int length, ReadOnlySpan<char> by, OffsetStep step = OffsetStep.Whole)
    {
        _text ??= new StringBuilder(source.Length);
        var growth = by.Length - length;
        if (growth > 0 && _text.Length + (source.Length - _read) + growth > maxLength)
        {
            return;
        }

        CopyTo(start);
        _text.Append(by);
        _runs.Add(by.Length, start, length, by.Length == length && length == 1 ? OffsetStep.Forward : step);
        _read = start + length;
    }

    /// <summary>The view over the raw text, where <paramref name="under"/> is the view that was edited, if it was one.</summary>
    public TextView? Finish(string name, TextView? under)
    {
        if (_text is null)
        {
            return null;
        }

        CopyTo(source.Length);
        var text = _text.ToString();
        if (text == source)
        {
            return null;
        }

        var offsets = _runs.ToMap();
        return new TextView(name, text, under is null ? offsets : offsets.Over(under.Offsets));
    }

    private void CopyTo(int end)
    {
        _text!.Append(source, _read, end - _read);
        _runs.Add(end - _read, _read, end - _read, OffsetStep.Forward);
        _read = end;
    }
}
