namespace PolicyGateway.Demo;

/// <summary>How the demo backend behaves. Tests set the pause to zero.</summary>
internal sealed record DemoBackendOptions
{
    /// <summary>Port on the loopback address; 0 picks a free one. 0 to 65,535; default 0.</summary>
    public int Port { get; init; }

    /// <summary>Words per streamed chunk. At least 1; default 3.</summary>
    public int WordsPerChunk { get; init; } = 3;

    /// <summary>Pause between two streamed chunks, for a human pace. Zero or more; default 45 ms.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(45);
}
