namespace PolicyGateway.LoadTests.Load;

/// <summary>Which load was put on a target.</summary>
internal enum LoadKind
{
    /// <summary>Closed loop, many connections, benign JSON.</summary>
    Throughput,

    /// <summary>Closed loop, one connection, benign JSON.</summary>
    OneConnection,

    /// <summary>Closed loop, many connections, a streamed dual-use exchange.</summary>
    Stream,

    /// <summary>Open loop, benign JSON.</summary>
    FixedRate,
}

/// <summary>The rounds of one load on one target. A figure of a series is the median of its rounds.</summary>
internal sealed record Series(string Target, LoadKind Kind, List<Measurement> Rounds)
{
    public long Requests => Rounds.Sum(round => round.Requests);

    public long Failures => Rounds.Sum(round => round.Failures);

    public double Median(Func<Measurement, double> figure) => MedianOf(Rounds.Select(figure));

    /// <summary>Round by round, because what disturbs a machine disturbs neighbours in time alike.</summary>
    public double MedianAgainst(Series other, Func<Measurement, Measurement, double> figure) =>
        MedianOf(Rounds.Zip(other.Rounds, figure));

    public static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[middle]
            : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
