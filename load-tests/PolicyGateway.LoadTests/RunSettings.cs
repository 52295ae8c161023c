namespace PolicyGateway.LoadTests;

/// <summary>How long and how hard to measure, and what must come out.</summary>
internal sealed record RunSettings
{
    /// <summary>Connections of the closed loop, 1 to 1,024.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>How often each measurement is repeated, in turns; the median counts. 1 to 50.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Length of one measurement, up to 5 minutes.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Before the first round each target is loaded this long, so that no figure includes compilation.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Requests a second of the open loop; 0 takes half of what the gateway did in the closed loop.</summary>
    public double Rate { get; init; }

    /// <summary>Where the report goes; null writes none.</summary>
    public string? Output { get; init; } = "docs/benchmarks.md";

    /// <summary>The command that was given, for the report.</summary>
    public string Arguments { get; init; } = "run";

    /// <summary>Least share of bare YARP's requests a second that the gateway must reach.</summary>
    public double MinRatio { get; init; } = 0.40;

    /// <summary>Most milliseconds that the gateway may add to the direct median with one connection.</summary>
    public double MaxAddedP50 { get; init; } = 0.5;

    /// <summary>Most seconds from the start of the process to readiness.</summary>
    public double MaxReady { get; init; } = 2;

    /// <summary>Most resident memory in MB (10^6 bytes), at its highest.</summary>
    public double MaxResident { get; init; } = 250;
}
