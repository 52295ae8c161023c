using System.Collections.Concurrent;

namespace PolicyGateway.Demo;

/// <summary>What reached the demo backend and how it ended: the newest requests, and a count of all of them. Never their text.</summary>
internal sealed class DemoTraffic
{
    private const int Kept = 256;

    private readonly ConcurrentQueue<DemoRequest> _newest = new();
    private int _count;
    private int _aborted;

    /// <summary>Chat completions asked for since the start.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Those whose caller went away before the end.</summary>
    public int Aborted => Volatile.Read(ref _aborted);

    /// <summary>The newest requests, oldest first.</summary>
    public IReadOnlyList<DemoRequest> Newest => [.. _newest];

    public DemoRequest Begin(HttpRequest request)
    {
        var begun = new DemoRequest(request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        _newest.Enqueue(begun);
        Interlocked.Increment(ref _count);
        while (_newest.Count > Kept && _newest.TryDequeue(out _))
        {
        }

        return begun;
    }

    public void End(DemoRequest request, DemoRequestState state)
    {
        request.State = state;
        if (state == DemoRequestState.Aborted)
        {
            Interlocked.Increment(ref _aborted);
        }
    }
}

/// <summary>How far a request to the demo backend came.</summary>
internal enum DemoRequestState
{
    Running,
    Answered,

    /// <summary>Answered with an error: an unknown model, a body that is no chat completion.</summary>
    Rejected,

    /// <summary>The other side closed the connection before the answer was complete.</summary>
    Aborted,
}

/// <summary>One request as the demo backend saw it.</summary>
internal sealed class DemoRequest(IReadOnlyDictionary<string, string> headers)
{
    private volatile DemoRequestState _state;

    public IReadOnlyDictionary<string, string> Headers { get; } = headers;

    public DemoRequestState State
    {
        get => _state;
        set => _state = value;
    }
}
