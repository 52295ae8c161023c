namespace PolicyGateway.Dialects;

/// <summary>
/// Which parts of an answer (choices, blocks) have begun and which of them have ended. Numbers come from the backend, so only
/// so many are kept: no answer that anybody asks for has more.
/// </summary>
internal sealed class OpenEnds
{
    private const int Most = 1024;

    private readonly SortedSet<int> _open = [];
    private readonly HashSet<int> _ended = [];

    /// <summary>Whether there were more than are kept; then nobody can say whether the answer is whole.</summary>
    public bool IsOverfull { get; private set; }

    public bool AnyOpen => _open.Count > 0 || IsOverfull;

    public bool AnyEnded => _ended.Count > 0;

    /// <summary>The highest that is open, or -1.</summary>
    public int Highest => _open.Count == 0 ? -1 : _open.Max;

    /// <summary>It has begun, or goes on.</summary>
    public void Begin(int index)
    {
        if (!_ended.Contains(index) && Fits(index))
        {
            _open.Add(index);
        }
    }

    /// <summary>It has ended, and does not go on.</summary>
    public void End(int index)
    {
        _open.Remove(index);
        if (Fits(index))
        {
            _ended.Add(index);
        }
    }

    /// <summary>It has ended, and another of its number may begin.</summary>
    public void Close(int index) => _open.Remove(index);

    private bool Fits(int index)
    {
        IsOverfull |= _open.Count + _ended.Count >= Most && !_open.Contains(index) && !_ended.Contains(index);
        return !IsOverfull;
    }
}
