using System.Diagnostics.Metrics;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>How much waits for people: counted when somebody looks.</summary>
internal sealed class AccessMetrics : IDisposable
{
    public const string MeterName = "PolicyGateway.Access";

    /// <summary>More than this is shown as this: the queue is too long to be worth counting.</summary>
    public const int Most = 1_000;

    /// <param name="pending">How many requests wait for an approver, <see cref="Most"/> at most.</param>
    /// <param name="due">When each open appeal is due, <see cref="Most"/> at most.</param>
    /// <param name="emergencies">How many emergency accesses nobody has looked at, <see cref="Most"/> at most.</param>
    /// <param name="time">What is overdue is so by this clock.</param>
    public AccessMetrics(Func<Task<int>> pending, Func<Task<IReadOnlyList<DateTimeOffset>>> due, Func<Task<int>> emergencies, TimeProvider time)
    {
        Meter.CreateObservableGauge(
            "policygateway.access.requests.pending", () => Count(pending), "{request}", "Requests for access that wait for an approver, 1,000 at most.");
        Meter.CreateObservableGauge(
            "policygateway.access.appeals.open", () => Count(async () => (await due()).Count), "{appeal}", "Appeals that wait for an answer, 1,000 at most.");
        Meter.CreateObservableGauge(
            "policygateway.access.appeals.overdue", () => Count(async () => (await due()).Count(at => at <= time.GetUtcNow())), "{appeal}", "Those of them that should have been answered by now.");
        Meter.CreateObservableGauge(
            "policygateway.access.emergencies.unreviewed", () => Count(emergencies), "{grant}", "Emergency access that nobody has looked at, 1,000 at most.");
    }

    /// <summary>This gateway's own instance, for a listener in a process that has several.</summary>
    public Meter Meter { get; } = new(MeterName);

    public void Dispose() => Meter.Dispose();

    /// <summary>Nothing is shown where the store cannot be read: a zero would be a lie. The embedded store answers at once.</summary>
    private static IEnumerable<Measurement<long>> Count(Func<Task<int>> count)
    {
        try
        {
            return [new Measurement<long>(count().GetAwaiter().GetResult())];
        }
        catch (StateUnavailableException)
        {
            return [];
        }
    }
}

/// <summary>Has the metrics made when the gateway starts: before that there is nothing to count.</summary>
internal sealed class AccessMetricsService(AccessMetrics metrics) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.FromResult(metrics.Meter);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
