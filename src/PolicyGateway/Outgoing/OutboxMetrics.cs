using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PolicyGateway.Outgoing;

/// <summary>What became of messages to others, and what waits.</summary>
internal sealed class OutboxMetrics : IDisposable
{
    public const string MeterName = "PolicyGateway.Outgoing";

    private const string ReceiverLabel = "policygateway.receiver";
    private const string ReasonLabel = "policygateway.reason";

    private readonly Counter<long> _delivered;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _dropped;

    public OutboxMetrics()
    {
        _delivered = Meter.CreateCounter<long>("policygateway.outgoing.delivered", "{message}", "Messages that their receiver took.");
        _failed = Meter.CreateCounter<long>("policygateway.outgoing.failed", "{attempt}", "Attempts that failed and are made again, by why.");
        _dropped = Meter.CreateCounter<long>("policygateway.outgoing.dropped", "{message}", "Messages that nobody will get, by why.");
    }

    /// <summary>This gateway's own instance, for a listener in a process that has several.</summary>
    public Meter Meter { get; } = new(MeterName);

    /// <summary>Shows what waits, from now on.</summary>
    /// <param name="read">For each receiver, how many messages wait and for how long the oldest has.</param>
    public void Watch(Func<IEnumerable<(string Receiver, int Waiting, TimeSpan Age)>> read)
    {
        Meter.CreateObservableGauge(
            "policygateway.outgoing.waiting", () => read().Select(static lane => new Measurement<long>(lane.Waiting, Label(lane.Receiver))), "{message}", "Messages that wait to be delivered.");
        Meter.CreateObservableGauge(
            "policygateway.outgoing.age", () => read().Select(static lane => new Measurement<double>(lane.Age.TotalSeconds, Label(lane.Receiver))), "s", "How long the oldest of them has waited.");
    }

    public void Delivered(string receiver) => _delivered.Add(1, Label(receiver));

    /// <param name="receiver">Whom it was for.</param>
    /// <param name="reason">Why, for example <c>status_503</c> or <c>timeout</c>.</param>
    public void Failed(string receiver, string reason) => _failed.Add(1, new TagList { Label(receiver), { ReasonLabel, reason } });

    /// <param name="receiver">Whom it was for.</param>
    /// <param name="reason"><c>expired</c>, <c>full</c>, <c>removed</c>, or what the receiver refused it for.</param>
    public void Dropped(string receiver, string reason) => _dropped.Add(1, new TagList { Label(receiver), { ReasonLabel, reason } });

    public void Dispose() => Meter.Dispose();

    private static KeyValuePair<string, object?> Label(string receiver) => new(ReceiverLabel, receiver);
}
