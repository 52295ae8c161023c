namespace PolicyGateway.LoadTests.Held;

/// <summary>How many streams to hold, and what must come out.</summary>
internal sealed record HeldSettings
{
    /// <summary>Streams held at once, 2 to 20,000.</summary>
    public int Streams { get; init; } = 5000;

    /// <summary>Where the report goes; null writes none.</summary>
    public string? Output { get; init; } = "docs/benchmarks.md";

    /// <summary>The command that was given, for the report.</summary>
    public string Arguments { get; init; } = "held";

    /// <summary>Most KiB of resident memory per held stream.</summary>
    public double MaxKiBPerStream { get; init; } = 96;

    /// <summary>Most percent by which the heap may be larger after the second pass than after the first.</summary>
    public double MaxGrowth { get; init; } = 10;
}
