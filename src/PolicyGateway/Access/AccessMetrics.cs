using System.Diagnostics.Metrics;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>How much waits for people: read from the store when somebody looks.</summary>
internal sealed class AccessMetrics(AccessRequests requests, Appeals appeals, TimeProvider time) : IHostedService, IDisposable
{
    public const string MeterName = "PolicyGateway.Access";

    /// <summary>More than this is shown as this: the queue is too long to be worth counting.</summary>
    private const int Most = 1_000;

    /// <summary>This gateway's own instance, for a listener in a process that has several.</summary>
    public Meter Meter { get; } = new(MeterName);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Meter.CreateObservableGauge("policygateway.access.requests.pending", () => Count(async () =>
            (await requests.InAsync(RequestStatus.Pending, null, Most, CancellationToken.None)).Count), "{request}", "Requests for access that wait for an approver, 1,000 at most.");
        Meter.CreateObservableGauge("policygateway.access.appeals.open", () => Count(async () =>
            (await appeals.InAsync(AppealStatus.Open, null, Most, CancellationToken.None)).Count), "{appeal}", "Appeals that wait for an answer, 1,000 at most.");
        Meter.CreateObservableGauge("policygateway.access.appeals.overdue", () => Count(async () =>
            (await appeals.InAsync(AppealStatus.Open, null, Most, CancellationToken.None)).Count(appeal => appeal.DueAt <= time.GetUtcNow())), "{appeal}", "Those of them that should have been answered by now.");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
