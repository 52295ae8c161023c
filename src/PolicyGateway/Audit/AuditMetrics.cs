using System.Diagnostics.Metrics;

namespace PolicyGateway.Audit;

/// <summary>The audit's own meter, one verb per event.</summary>
internal sealed class AuditMetrics : IDisposable
{
    public const string MeterName = "PolicyGateway.Audit";

    private readonly Counter<long> _dropped;
    private readonly Counter<long> _recorded;
    private readonly Counter<long> _failed;
    private readonly Histogram<double> _write;

    public AuditMetrics()
    {
        _dropped = Meter.CreateCounter<long>("policygateway.audit.dropped", "{record}", "Notes that were lost, by cause.");
        _recorded = Meter.CreateCounter<long>("policygateway.audit.recorded", "{record}", "Records that are durable.");
        _failed = Meter.CreateCounter<long>("policygateway.audit.failed_writes", "{write}", "Transactions that could not be made durable.");
        _write = Meter.CreateHistogram(
            "policygateway.audit.write.duration", "s", "Duration of one transaction, its sync to disk included.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] });

        // A counter that never counted does not exist for a scraper; loss must be seen at zero.
        _dropped.Add(0);
        _failed.Add(0);
    }

    /// <summary>This log's own instance, for a listener in a process that has several.</summary>
    public Meter Meter { get; } = new(MeterName);

    public void Dropped(long records, string cause) => _dropped.Add(records, new KeyValuePair<string, object?>("cause", cause));

    public void Recorded(int records, TimeSpan duration)
    {
        _recorded.Add(records);
        _write.Record(duration.TotalSeconds);
    }

    public void Failed() => _failed.Add(1);

    public void Dispose() => Meter.Dispose();
}
