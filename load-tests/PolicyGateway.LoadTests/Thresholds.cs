using PolicyGateway.LoadTests.Load;

namespace PolicyGateway.LoadTests;

/// <summary>A promise, its limit and what was measured.</summary>
internal sealed record Threshold(string Promise, string Limit, string Measured, bool Holds);

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
            new("Requests a second of the gateway, benign, as a share of bare YARP's", $"at least {Number(settings.MinRatio)}", Number(ratio), ratio >= settings.MinRatio),
            new("Added to the direct median, one connection", $"at most {Number(settings.MaxAddedP50)} ms", $"{Number(added)} ms", added <= settings.MaxAddedP50),
            new("From the start of the process to readiness", $"at most {Number(settings.MaxReady)} s", $"{Number(ready)} s", ready <= settings.MaxReady),
            new("Resident memory of the gateway at its highest", $"at most {Number(settings.MaxResident)} MB", $"{results.ResidentAtMost:F0} MB", results.ResidentAtMost <= settings.MaxResident),
            new("Requests that were not answered 200", "none", $"{failures}", failures == 0),
        ];
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "any" : FormattableString.Invariant($"{value:0.00}");
}
