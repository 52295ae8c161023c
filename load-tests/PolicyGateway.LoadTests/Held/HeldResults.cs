namespace PolicyGateway.LoadTests.Held;

/// <summary>All that one run of <c>held</c> measured.</summary>
/// <param name="Idle">Resident memory of the gateway, ready and idle, in bytes.</param>
/// <param name="Passes">The same pass, more than once.</param>
/// <param name="Faults">What was wrong with streams, in words, for the first few.</param>
internal sealed record HeldResults(double Idle, IReadOnlyList<HeldPass> Passes, IReadOnlyList<string> Faults)
{
    /// <summary>KiB of resident memory per stream in a process that held none before.</summary>
    public double FirstPerStream => PerStream(Passes[0]);

    /// <summary>Percent by which the heap is larger after the last pass than after the first.</summary>
    public double Growth => 100 * ((Passes[^1].HeapAfter / Passes[0].HeapAfter) - 1);

    public double PerStream(HeldPass pass) => (pass.Held - Idle) / pass.Streams / 1024;
}

/// <summary>Once all streams held and resolved. Memory in bytes.</summary>
/// <param name="Streams">How many.</param>
/// <param name="Released">Benign ones that came whole.</param>
/// <param name="Refused">Flagged ones of which nothing came but the refusal.</param>
/// <param name="Statuses">How many of the refused were an honest 403; the others got the block signal behind keep-alives.</param>
/// <param name="Held">Resident memory while all were held.</param>
/// <param name="HeapHeld">Live objects on the heap then, after a full collection.</param>
/// <param name="After">Resident memory when all had ended, after a full collection.</param>
/// <param name="HeapAfter">Live objects on the heap then.</param>
/// <param name="HeldFor">From the first request to the first resolution.</param>
internal sealed record HeldPass(
    int Streams, int Released, int Refused, int Statuses, double Held, double HeapHeld, double After, double HeapAfter, TimeSpan HeldFor)
{
    public int Wrong => Streams - Released - Refused;
}
