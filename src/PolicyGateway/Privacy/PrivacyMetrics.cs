using System.Diagnostics.Metrics;

namespace PolicyGateway.Privacy;

/// <summary>What was removed because its time had come.</summary>
internal sealed class PrivacyMetrics : IDisposable
{
    public const string MeterName = "PolicyGateway.Privacy";

    private readonly Counter<long> _removed;
    private readonly Counter<long> _runs;

    public PrivacyMetrics()
    {
        _removed = Meter.CreateCounter<long>("policygateway.retention.removed", "{record}", "Records of the store that were removed after their retention, by kind.");
        _runs = Meter.CreateCounter<long>("policygateway.retention.runs", "{run}", "Runs of the retention, by result.");

        // A counter that never counted does not exist for a scraper; a run that fails must be seen from zero.
        Ran("failed", 0);
        Removed("request", 0);
    }

    /// <summary>This gateway's own instance, for a listener in a process that has several.</summary>
    public Meter Meter { get; } = new(MeterName);

    public void Removed(string kind, int records) => _removed.Add(records, new KeyValuePair<string, object?>("policygateway.kind", kind));

    public void Ran(string result, int runs = 1) => _runs.Add(runs, new KeyValuePair<string, object?>("policygateway.result", result));

    public void Dispose() => Meter.Dispose();
}
