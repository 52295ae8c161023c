namespace PolicyGateway.Demo;

/// <summary>What can be chosen about a demo gateway.</summary>
internal sealed record DemoSettings
{
    /// <summary>Where the gateway listens on the loopback address; 0 picks a free port. 0 to 65,535; default 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Where state is kept; null is a temporary folder that is removed at the end.</summary>
    public string? DataDirectory { get; init; }

    public DemoBackendOptions Backend { get; init; } = new();

    /// <summary>Settings that win over the demo's own; for tests.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; init; } = new Dictionary<string, string?>();
}
