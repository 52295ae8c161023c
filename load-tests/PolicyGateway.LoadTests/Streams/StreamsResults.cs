using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>All that one run of <c>streams</c> measured.</summary>
internal sealed class StreamsResults
{
    public const string Direct = "direct";

    public const string Yarp = "bare YARP";

    public const string PassThrough = "gateway, passed through";

    public const string Window = "gateway, in windows";

    private readonly Dictionary<string, SystemResults> _systems = [];

    /// <summary>In the order in which they were measured.</summary>
    public static IReadOnlyList<string> Names { get; } = [Direct, Yarp, PassThrough, Window];

    public long Failures => _systems.Values.Sum(static one => one.Rounds.Concat(one.Bulk).Sum(static round => round.Failures) + one.First.Failures + one.Lag.Failures);

    public SystemResults this[string name]
    {
        get
        {
            if (!_systems.TryGetValue(name, out var results))
            {
                _systems[name] = results = new SystemResults();
            }

            return results;
        }
    }

    /// <summary>The rounds of a system under one script.</summary>
    public List<FrameRound> Rounds(string name, StreamScript script) => script == StreamScript.Bulk ? this[name].Bulk : this[name].Rounds;

    public double Median(string name, StreamScript script, Func<FrameRound, double> figure) => Series.MedianOf(Rounds(name, script).Select(figure));

    /// <summary>Round by round against bare YARP, because what disturbs a machine disturbs neighbours in time alike.</summary>
    public double AgainstYarp(string name, StreamScript script, Func<FrameRound, FrameRound, double> figure) =>
        Series.MedianOf(Rounds(name, script).Zip(Rounds(Yarp, script), figure));

    /// <summary>Milliseconds that a system adds to a percentile of bare YARP's time to the first token.</summary>
    public double AddedFirst(string name, double percentile) =>
        Percentiles.Milliseconds(this[name].First.FirstByte, percentile) - Percentiles.Milliseconds(this[Yarp].First.FirstByte, percentile);
}

/// <summary>What was measured on one system.</summary>
internal sealed class SystemResults
{
    public List<FrameRound> Rounds { get; } = [];

    /// <summary>The same with frames that are sent many at a time.</summary>
    public List<FrameRound> Bulk { get; } = [];

    /// <summary>Short paced streams of all rounds.</summary>
    public Sample First { get; } = new();

    /// <summary>Long paced streams of all rounds.</summary>
    public Lag Lag { get; } = new();
}
