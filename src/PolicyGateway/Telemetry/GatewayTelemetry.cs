using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PolicyGateway.Telemetry;

/// <summary>The gateway's one meter and one activity source, with one verb per event. Text never goes in.</summary>
internal sealed class GatewayTelemetry : IDisposable
{
    public const string SourceName = "PolicyGateway";

    private const string DefaultDialect = "openai.chat";

    private static readonly double[] SecondsBuckets =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    private static readonly double[] BytesBuckets = [256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304];

    private readonly Counter<long> _decisions;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _releasedBytes;
    private readonly Counter<long> _attempts;
    private readonly Histogram<double> _classification;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _hold;
    private readonly Histogram<long> _heldBytes;
    private readonly Histogram<double> _operation;
    private readonly Histogram<double> _firstUpstreamByte;
    private readonly Histogram<double> _firstReleasedByte;
    private long _unscannedBytes;

    public GatewayTelemetry()
    {
        _decisions = Meter.CreateCounter<long>("policygateway.decisions", "{decision}", "Decisions, by side, action, reason, category and severity.");
        _outcomes = Meter.CreateCounter<long>("policygateway.outcomes", "{request}", "Requests that ended, by outcome.");
        _releasedBytes = Meter.CreateCounter<long>("policygateway.released.bytes", "By", "Bytes of completions released, by severity.");
        _attempts = Meter.CreateCounter<long>("policygateway.upstream.attempts", "{attempt}", "Requests sent to a destination, by outcome; one that is sent again counts again.");
        _classification = Seconds("policygateway.classification.duration", "Time to a verdict, queueing included.");
        _queue = Seconds("policygateway.classification.queue.duration", "Time that the texts of one side waited for a lane of the classifier.");
        _hold = Seconds("policygateway.hold.duration", "From the backend's first byte to the release or the refusal.");
        _heldBytes = Meter.CreateHistogram("policygateway.held.bytes", "By", "Bytes held for one completion.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. BytesBuckets.Select(b => (long)b)] });
        _operation = Seconds("gen_ai.server.request.duration", "Duration of one generative request.");
        _firstUpstreamByte = Seconds("policygateway.upstream.time_to_first_byte", "From the request's arrival to the backend's first byte.");
        _firstReleasedByte = Seconds("gen_ai.server.time_to_first_token", "From the request's arrival to the first released byte.");

        // Observed, because a counter that never counted does not exist for a scraper, and this one must be seen at zero.
        Meter.CreateObservableCounter(
            "policygateway.unscanned.bytes", () => Interlocked.Read(ref _unscannedBytes), "By", "Bytes released in enforce mode without a verdict; stays 0.");
    }

    public Meter Meter { get; } = new(SourceName);

    public ActivitySource Source { get; } = new(SourceName);

    // Nine requests of ten are not traced, and asking the sampler for each of their steps would cost more than the steps.
    private static bool Starts => Activity.Current is not { Recorded: false };

    /// <summary>Starts the span of one of the gateway's own steps: <c>read</c>, <c>classify</c>, <c>decide</c>, <c>refuse</c>, <c>clear</c>, <c>record</c>.</summary>
    public Activity? Step(string name) => Starts ? Source.StartActivity(name) : null;

    /// <summary>Starts the span of the step that leaves the gateway, which the conventions name after operation and model.</summary>
    /// <param name="model">A configured model: a name that the caller made up must not name a span.</param>
    /// <param name="dialect">The dialect, for example <c>openai.chat</c>.</param>
    public Activity? Forward(string model, string dialect)
    {
        var span = Starts && Source.HasListeners() ? Source.StartActivity("chat " + model, ActivityKind.Client) : null;
        TagOperation(span, model, dialect);
        return span;
    }

    /// <summary>The attributes that the conventions require of every <c>gen_ai</c> span.</summary>
    public static void TagOperation(Activity? span, string model, string dialect)
    {
        span?.SetTag("gen_ai.operation.name", "chat");
        span?.SetTag("gen_ai.provider.name", ProviderOf(dialect));
        span?.SetTag("gen_ai.request.model", model);
    }

    /// <summary>Shows which policy and model this instance works with, as labels of a gauge that is always 1.</summary>
    public void InForce(Func<(string PolicyVersion, string Model)> read) =>
        Meter.CreateObservableGauge(
            "policygateway.in_force",
            () =>
            {
                var (policy, model) = read();
                return new Measurement<long>(1, new("policygateway.policy_version", policy), new("policygateway.model", model));
            },
            description: "Always 1; its labels are the policy and the model in force.");

    /// <param name="side"><c>prompt</c> or <c>completion</c>.</param>
    /// <param name="action">What was decided, for example <c>refuse</c>.</param>
    /// <param name="reason">The reason code.</param>
    /// <param name="category">The category that decided, if one did.</param>
    /// <param name="severity">Severity of the verdict, or <c>unknown</c>.</param>
    /// <param name="mode">How the policy is applied: <c>enforce</c>, <c>shadow</c> or <c>off</c>.</param>
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

    public void Queued(string side, TimeSpan duration) =>
        _queue.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("policygateway.side", side));

    public void Held(TimeSpan duration, long bytes, string outcome)
    {
        var tag = new KeyValuePair<string, object?>("policygateway.outcome", outcome);
        _hold.Record(duration.TotalSeconds, tag);
        _heldBytes.Record(bytes, tag);
    }

    public void Released(long bytes, string severity) =>
        _releasedBytes.Add(bytes, new KeyValuePair<string, object?>("policygateway.severity", severity));

    /// <param name="outcome">For example <c>answered</c> or <c>timed_out</c>.</param>
    /// <param name="destination">Cluster and place in its list.</param>
    public void Attempted(string outcome, string destination) =>
        _attempts.Add(1, new TagList { { "policygateway.outcome", outcome }, { "policygateway.upstream.destination", destination } });

    public void ReleasedUnscanned(long bytes) => Interlocked.Add(ref _unscannedBytes, bytes);

    /// <param name="sinceArrival">Time since the request arrived.</param>
    /// <param name="model">A configured model: a name that the caller made up must not become a label.</param>
    /// <param name="dialect">The dialect, for example <c>openai.chat</c>.</param>
    public void FirstUpstreamByte(TimeSpan sinceArrival, string model, string dialect = DefaultDialect) =>
        _firstUpstreamByte.Record(sinceArrival.TotalSeconds, Operation(model, dialect));

    public void FirstReleasedByte(TimeSpan sinceArrival, string model, string dialect = DefaultDialect) =>
        _firstReleasedByte.Record(sinceArrival.TotalSeconds, Operation(model, dialect));

    public void Finished(string outcome, string reason, string dialect, string model, int status, TimeSpan duration)
    {
        _outcomes.Add(1, new TagList { { "policygateway.outcome", outcome }, { "policygateway.reason", reason } });
        var tags = Operation(model, dialect);
        tags.Add("policygateway.dialect", dialect);
        tags.Add("http.response.status_code", status);
        if (status >= 400)
        {
            tags.Add("error.type", reason);
        }

        _operation.Record(duration.TotalSeconds, tags);
    }

    public void Dispose()
    {
        Meter.Dispose();
        Source.Dispose();
    }

    /// <summary>The attributes that the conventions require of every <c>gen_ai</c> metric.</summary>
    private static TagList Operation(string model, string dialect) => new()
    {
        { "gen_ai.operation.name", "chat" },
        { "gen_ai.provider.name", ProviderOf(dialect) },
        { "gen_ai.request.model", model },
    };

    // The provider whose protocol is spoken; who runs the backend behind it is not known here.
    private static string ProviderOf(string dialect) =>
        dialect.StartsWith("openai.", StringComparison.Ordinal) ? "openai"
        : dialect.StartsWith("anthropic.", StringComparison.Ordinal) ? "anthropic"
        : dialect;

    private Histogram<double> Seconds(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = SecondsBuckets });
}
