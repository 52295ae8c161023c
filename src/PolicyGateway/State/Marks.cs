namespace PolicyGateway.State;

/// <summary>
/// Ids that were used, in memory: a mark is needed for a minute or two, and a sync to disk for each would cost ten times the
/// check that asks for it. A restart forgets them, so <see cref="Since"/> says from when on they are complete.
/// </summary>
internal sealed class Marks(TimeProvider time)
{
    /// <summary>About 200 MB; more live marks than this are an attack, or a deployment that needs a shared store.</summary>
    public const int Capacity = 1_000_000;

    private readonly HashSet<(string Scope, string Id)> _used = new();
    private readonly PriorityQueue<(string Scope, string Id), DateTimeOffset> _ends = new();
    private readonly Lock _gate = new();

    public DateTimeOffset Since { get; } = time.GetUtcNow();

    /// <exception cref="StateUnavailableException">There is no room: whether it was used could not be told later.</exception>
    public bool TryMark(string scope, string id, DateTimeOffset until)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            while (_ends.TryPeek(out var first, out var end) && end <= now)
            {
                _ends.Dequeue();
                _used.Remove(first);
            }

            if (_ends.Count >= Capacity)
            {
                throw new StateUnavailableException($"More than {Capacity} marks of used ids are alive.");
            }

            if (!_used.Add((scope, id)))
            {
                return false;
            }

            _ends.Enqueue((scope, id), until);
            return true;
        }
    }
}
