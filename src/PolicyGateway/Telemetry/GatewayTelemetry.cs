using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PolicyGateway.Telemetry;

/// <summary>The gateway's one meter and one activity source, with one verb per event. Text never goes in.</summary>
internal sealed class GatewayTelemetry : IDisposable
{
    public const string SourceName = "PolicyGateway";

    private static readonly double[] SecondsBuckets =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    private static readonly double[] BytesBuckets = [256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304];

    private readonly Meter _meter = new(SourceName);
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _unscanned;
    private readonly Counter<long> _releasedBytes;
    private readonly Histogram<double> _classification;
    private readonly Histogram<double> _hold;
    private readonly Histogram<long> _heldBytes;
    private readonly Histogram<double> _operation;
    private readonly Histogram<double> _firstUpstreamByte;
    private readonly Histogram<double> _firstReleasedByte;

    public GatewayTelemetry()
    {
        _decisions = _meter.CreateCounter<long>("policygateway.decisions", "{decision}", "Decisions, by side, action, reason, category and severity.");
        _outcomes = _meter.CreateCounter<long>("policygateway.outcomes", "{request}", "Requests that ended, by outcome.");
        _unscanned = _meter.CreateCounter<long>("policygateway.unscanned.bytes", "By", "Bytes released in enforce mode without a verdict; stays 0.");
        _releasedBytes = _meter.CreateCounter<long>("policygateway.released.bytes", "By", "Bytes of completions released, by severity.");
        _classification = Seconds("policygateway.classification.duration", "Time to a verdict, queueing included.");
        _hold = Seconds("policygateway.hold.duration", "From the backend's first byte to the release or the refusal.");
        _heldBytes = _meter.CreateHistogram("policygateway.held.bytes", "By", "Bytes held for one completion.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. BytesBuckets.Select(b => (long)b)] });
        _operation = Seconds("gen_ai.server.request.duration", "Duration of one generative request.");
        _firstUpstreamByte = Seconds("policygateway.upstream.time_to_first_byte", "From the request's arrival to the backend's first byte.");
        _firstReleasedByte = Seconds("gen_ai.server.time_to_first_token", "From the request's arrival to the first released byte.");

        // A counter that never counted does not exist for a scraper; this one must be seen at zero.
        _unscanned.Add(0);
    }

    public ActivitySource Source { get; } = new(SourceName);

    /// <summary>Starts the span of one of the seven steps: <c>read</c>, <c>classify</c>, <c>decide</c>, <c>refuse</c>, <c>forward</c>, <c>clear</c>, <c>record</c>.</summary>
    public Activity? Step(string name) => Source.StartActivity(name);

    public void Decided(string side, string action, string reason, string? category, string severity, string mode) =>
        _decisions.Add(1, new TagList
        {
            { "policygateway.side", side },
            { "policygateway.action", action },
            { "policygateway.reason", reason },
            { "policygateway.category", category ?? "none" },
            { "policygateway.severity", severity },
            { "policygateway.mode", mode },
        });

    public void Classified(string side, string stage, string model, string unknown, TimeSpan duration) =>
        _classification.Record(duration.TotalSeconds, new TagList
        {
            { "policygateway.side", side },
            { "policygateway.stage", stage },
            { "policygateway.model", model },
            { "policygateway.unknown", unknown },
        });

    public void Held(TimeSpan duration, long bytes, string outcome)
    {
        var tag = new KeyValuePair<string, object?>("policygateway.outcome", outcome);
        _hold.Record(duration.TotalSeconds, tag);
        _heldBytes.Record(bytes, tag);
    }

    public void Released(long bytes, string severity) =>
        _releasedBytes.Add(bytes, new KeyValuePair<string, object?>("policygateway.severity", severity));

    public void ReleasedUnscanned(long bytes) => _unscanned.Add(bytes);

    public void FirstUpstreamByte(TimeSpan sinceArrival, string model) =>
        _firstUpstreamByte.Record(sinceArrival.TotalSeconds, new KeyValuePair<string, object?>("gen_ai.request.model", model));

    public void FirstReleasedByte(TimeSpan sinceArrival, string model) =>
        _firstReleasedByte.Record(sinceArrival.TotalSeconds, new KeyValuePair<string, object?>("gen_ai.request.model", model));

    public void Finished(string outcome, string reason, string dialect, string model, int status, TimeSpan duration)
    {
        _outcomes.Add(1, new TagList { { "policygateway.outcome", outcome }, { "policygateway.reason", reason } });
        _operation.Record(duration.TotalSeconds, new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.request.model", model },
            { "policygateway.dialect", dialect },
            { "http.response.status_code", status },
        });
    }

    public void Dispose()
    {
        _meter.Dispose();
        Source.Dispose();
    }

    private Histogram<double> Seconds(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = SecondsBuckets });
}
