using PolicyGateway.LoadTests.Load;

namespace PolicyGateway.LoadTests;

/// <summary>A promise, its limit and what was measured.</summary>
internal sealed record Threshold(string Promise, string Limit, string Measured, bool Holds)
{
    public static Threshold AtLeast(string promise, double limit, double measured, string unit = "") =>
        new(promise, $"at least {Number(limit)}{unit}", Number(measured) + unit, measured >= limit);

    public static Threshold AtMost(string promise, double limit, double measured, string unit = "") =>
        new(promise, $"at most {Number(limit)}{unit}", Number(measured) + unit, measured <= limit);

    public static Threshold None(string promise, long measured) => new(promise, "none", $"{measured}", measured == 0);

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "any" : FormattableString.Invariant($"{value:0.00}");
}

/// <summary>What a run must show; one that is broken fails the run.</summary>
internal static class Thresholds
{
    public static IReadOnlyList<Threshold> Of(Results results, RunSettings settings)
    {
        var ratio = results.RatioToYarp(Results.Gateway, LoadKind.Throughput);
        var added = results.AddedP50(Results.Gateway, Results.Direct, LoadKind.OneConnection);
        var ready = Series.MedianOf(results.Ready);
        var failures = results.Series.Sum(series => series.Failures);
        return
        [
            Threshold.AtLeast("Requests a second of the gateway, benign, as a share of bare YARP's", settings.MinRatio, ratio),
            Threshold.AtMost("Added to the direct median, one connection", settings.MaxAddedP50, added, " ms"),
            Threshold.AtMost("From the start of the process to readiness", settings.MaxReady, ready, " s"),
            Threshold.AtMost("Resident memory of the gateway at its highest", settings.MaxResident, results.ResidentAtMost, " MB"),
            Threshold.None("Requests that were not answered 200", failures),
        ];
    }
}
