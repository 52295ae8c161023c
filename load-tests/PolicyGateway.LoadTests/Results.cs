using PolicyGateway.LoadTests.Load;

namespace PolicyGateway.LoadTests;

/// <summary>All that one run measured.</summary>
internal sealed class Results
{
    public const string Direct = "direct";

    public const string Nginx = "nginx";

    public const string Yarp = "bare YARP";

    public const string Gateway = "gateway";

    public List<Series> Series { get; } = [];

    /// <summary>Seconds from the start of the gateway's process to readiness, one entry per start.</summary>
    public List<double> Ready { get; } = [];

    /// <summary>Memory of the gateway in MB when it was ready, and at its highest after all loads.</summary>
    public double ResidentWhenReady { get; set; }

    public double ResidentAtMost { get; set; }

    /// <summary>Requests a second of the open loop.</summary>
    public double Rate { get; set; }

    /// <summary>What could not be measured and how to get it.</summary>
    public List<string> Notes { get; } = [];

    public Series Of(string target, LoadKind kind)
    {
        var series = Series.Find(one => one.Target == target && one.Kind == kind);
        if (series is null)
        {
            series = new Series(target, kind, []);
            Series.Add(series);
        }

        return series;
    }

    /// <summary>Share of bare YARP's requests a second.</summary>
    public double RatioToYarp(string target, LoadKind kind) =>
        Of(target, kind).MedianAgainst(Of(Yarp, kind), static (one, yarp) => one.Rate / yarp.Rate);

    /// <summary>Milliseconds added to another target's median.</summary>
    public double AddedP50(string target, string to, LoadKind kind) =>
        Of(target, kind).MedianAgainst(Of(to, kind), static (one, other) => one.LastByte.P50 - other.LastByte.P50);
}
