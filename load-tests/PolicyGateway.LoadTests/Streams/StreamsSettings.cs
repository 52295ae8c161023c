namespace PolicyGateway.LoadTests.Streams;

/// <summary>How long and how hard to stream, and what must come out.</summary>
internal sealed record StreamsSettings
{
    /// <summary>Streams at once that come as fast as they are read, 1 to 256.</summary>
    public int Streams { get; init; } = 16;

    /// <summary>Streams at once that come at the pace of a model, 1 to 256.</summary>
    public int PacedStreams { get; init; } = 8;

    /// <summary>How often each measurement is repeated, in turns. 1 to 50.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>Length of one measurement, up to 5 minutes.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Before the first round each system streams this long.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where the report goes; null writes none.</summary>
    public string? Output { get; init; } = "docs/benchmarks.md";

    /// <summary>The command that was given, for the report.</summary>
    public string Arguments { get; init; } = "streams";

    /// <summary>Least share of bare YARP's frames a second where text passes before it is judged.</summary>
    public double MinPassThrough { get; init; } = 0.6;

    /// <summary>Most microseconds of CPU per frame that passing through may add to bare YARP's.</summary>
    public double MaxAddedCpu { get; init; } = 10;

    /// <summary>Least share of bare YARP's frames a second in windows, the judge's CPU excluded.</summary>
    public double MinWindow { get; init; } = 0.3;

    /// <summary>Most milliseconds that passing through may add to the 99th percentile of the time to the first token.</summary>
    public double MaxAddedFirst { get; init; } = 0.5;
}
