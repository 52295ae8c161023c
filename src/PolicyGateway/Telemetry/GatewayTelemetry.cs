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

    private readonly Counter<long> _decisions;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _releasedBytes;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _moderations;
    private readonly Counter<long> _observations;
    private readonly Counter<long> _swaps;
    private readonly Counter<long> _candidateAsked;
    private readonly Counter<long> _candidateVerdicts;
    private readonly Counter<long> _guardAnswers;
    private readonly Counter<long> _statusLists;
    private readonly Counter<long> _statusRefusals;
    private readonly Counter<long> _securityEvents;
    private readonly Histogram<double> _guard;
    private readonly Histogram<double> _classification;
    private readonly Histogram<double> _queue;
    private readonly Histogram<double> _hold;
    private readonly Histogram<long> _heldBytes;
    private readonly Histogram<double> _operation;
    private readonly Histogram<long> _tokens;
    private readonly Histogram<double> _firstUpstreamByte;
    private readonly Histogram<double> _firstReleasedByte;
    private long _unscannedBytes;

    public GatewayTelemetry()
    {
        _decisions = Meter.CreateCounter<long>("policygateway.decisions", "{decision}", "Decisions, by side, action, reason, category and severity.");
        _outcomes = Meter.CreateCounter<long>("policygateway.outcomes", "{request}", "Requests that ended, by outcome.");
        _releasedBytes = Meter.CreateCounter<long>("policygateway.released.bytes", "By", "Bytes of completions released, by severity.");
        _attempts = Meter.CreateCounter<long>("policygateway.upstream.attempts", "{attempt}", "Requests sent to a destination, by outcome; one that is sent again counts again.");
        _moderations = Meter.CreateCounter<long>("policygateway.moderations", "{text}", "Texts that callers asked the classifier about, by what they were told.");
        _observations = Meter.CreateCounter<long>("policygateway.observations", "{request}", "Requests of shadow mode that were to be judged afterwards, by what came of it.");
        _swaps = Meter.CreateCounter<long>("policygateway.classifier.swaps", "{swap}", "Other classifiers that were found while the gateway ran, by what came of it.");
        _candidateAsked = Meter.CreateCounter<long>("policygateway.candidate.judgements", "{judgement}", "Judgements that a candidate was to be asked about, too, by what came of it.");
        _candidateVerdicts = Meter.CreateCounter<long>("policygateway.candidate.verdicts", "{judgement}", "Judgements by the verdict in force and the candidate's.");
        _guardAnswers = Meter.CreateCounter<long>("policygateway.guard.answers", "{text}", "Texts in doubt that the guard was to decide, by what came of it.");
        _statusLists = Meter.CreateCounter<long>("policygateway.status_lists", "{fetch}", "Fetches of issuers' status lists, by what came of it.");
        _statusRefusals = Meter.CreateCounter<long>("policygateway.status_refusals", "{token}", "Tokens that were refused because of their status, by why.");
        _securityEvents = Meter.CreateCounter<long>("policygateway.security_events", "{event}", "Security events that transmitters sent, by event and by what came of it.");
        _guard = Seconds("policygateway.guard.duration", "Time that a text in doubt waited for the guard.");
        _classification = Seconds("policygateway.classification.duration", "Time to a verdict, queueing included.");
        _queue = Seconds("policygateway.classification.queue.duration", "Time that the texts of one side waited for a lane of the classifier.");
        _hold = Seconds("policygateway.hold.duration", "From the backend's first byte to the release or the refusal.");
        _heldBytes = Meter.CreateHistogram("policygateway.held.bytes", "By", "Bytes held for one completion.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. BytesBuckets.Select(b => (long)b)] });
        _operation = Seconds("gen_ai.server.request.duration", "Duration of one generative request.");
        _tokens = Meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens as the backend counted them, by type.", null, new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576] });
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

    /// <summary>Starts the span of one of the gateway's own steps: <c>read</c>, <c>classify</c>, <c>guard</c>, <c>decide</c>, <c>refuse</c>, <c>clear</c>, <c>record</c>.</summary>
    public Activity? Step(string name) => Starts ? Source.StartActivity(name) : null;

    /// <summary>Starts the span of the step that leaves the gateway, which the conventions name after operation and model.</summary>
    public Activity? Forward(GenAiCall call)
    {
        var span = Starts && Source.HasListeners() ? Source.StartActivity($"{call.Operation} {call.Model}", ActivityKind.Client) : null;
        TagOperation(span, call);
        return span;
    }

    /// <summary>
    /// Starts the span of judging what a request let through, in the trace of that request, which is over. Where it was not traced,
    /// what stands in is not either, and no step below becomes a trace of its own.
    /// </summary>
    public Activity? Observe(ActivityContext request, string name = "observe") =>
        request == default ? null
        : Source.StartActivity(name, ActivityKind.Internal, request)
            ?? new Activity(name).SetParentId(request.TraceId, request.SpanId, request.TraceFlags).Start();

    /// <summary>The attributes that the conventions require of every <c>gen_ai</c> span.</summary>
    public static void TagOperation(Activity? span, GenAiCall call)
    {
        span?.SetTag("gen_ai.operation.name", call.Operation);
        span?.SetTag("gen_ai.provider.name", call.Provider);
        span?.SetTag("gen_ai.request.model", call.Model);
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

    /// <param name="result"><c>flagged</c>, <c>clear</c>, <c>unknown</c> or <c>limited</c>.</param>
    /// <param name="texts">How many.</param>
    public void Moderated(string result, int texts) => _moderations.Add(texts, new KeyValuePair<string, object?>("policygateway.result", result));

    /// <param name="result"><c>judged</c>, <c>dropped</c> or <c>failed</c>.</param>
    public void Observed(string result) => _observations.Add(1, new KeyValuePair<string, object?>("policygateway.result", result));

    /// <param name="result"><c>judged</c>, <c>dropped</c> or <c>failed</c>.</param>
    public void CandidateAsked(string result) => _candidateAsked.Add(1, new KeyValuePair<string, object?>("policygateway.result", result));

    /// <param name="side"><c>prompt</c> or <c>completion</c>.</param>
    /// <param name="model">The model in force.</param>
    /// <param name="verdict">Its verdict: a severity, <c>uncertain</c> or <c>unknown</c>.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="candidateVerdict">The candidate's verdict.</param>
    public void Compared(string side, string model, string verdict, string candidate, string candidateVerdict) =>
        _candidateVerdicts.Add(1, new TagList
        {
            { "policygateway.side", side },
            { "policygateway.model", model },
            { "policygateway.verdict", verdict },
            { "policygateway.candidate.model", candidate },
            { "policygateway.candidate.verdict", candidateVerdict },
        });

    /// <param name="result"><c>swapped</c> or <c>refused</c>, and of a candidate <c>candidate_taken</c> or <c>candidate_refused</c>.</param>
    public void Swapped(string result) => _swaps.Add(1, new KeyValuePair<string, object?>("policygateway.result", result));

    /// <param name="answer"><c>safe</c> or <c>unsafe</c>, or why neither counts.</param>
    /// <param name="duration">How long the text waited for it.</param>
    public void Guarded(string answer, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("policygateway.answer", answer);
        _guardAnswers.Add(1, tag);
        _guard.Record(duration.TotalSeconds, tag);
    }

    /// <param name="result"><c>fetched</c>, <c>failed</c>, or <c>refused</c> where what was there is no list that counts.</param>
    public void StatusListFetched(string result) => _statusLists.Add(1, new KeyValuePair<string, object?>("policygateway.result", result));

    /// <param name="reason">Why, for example <c>status_invalid</c>.</param>
    public void StatusRefused(string reason) => _statusRefusals.Add(1, new KeyValuePair<string, object?>("policygateway.reason", reason));

    /// <param name="name">The event; <c>unknown</c>, or <c>none</c> where its token was not taken.</param>
    /// <param name="result">What came of it, for example <c>revoked</c>; else the error that its transmitter was told.</param>
    public void SecurityEvent(string name, string result) =>
        _securityEvents.Add(1, new TagList { { "policygateway.event", name }, { "policygateway.result", result } });

    public void ReleasedUnscanned(long bytes) => Interlocked.Add(ref _unscannedBytes, bytes);

    public void FirstUpstreamByte(TimeSpan sinceArrival, GenAiCall call) => _firstUpstreamByte.Record(sinceArrival.TotalSeconds, Tags(call));

    public void FirstReleasedByte(TimeSpan sinceArrival, GenAiCall call) => _firstReleasedByte.Record(sinceArrival.TotalSeconds, Tags(call));

    /// <summary>Tokens as the backend counted them.</summary>
    public void Used(long input, long output, GenAiCall call)
    {
        var tags = Tags(call);
        _tokens.Record(input, [.. tags, new("gen_ai.token.type", "input")]);
        _tokens.Record(output, [.. tags, new("gen_ai.token.type", "output")]);
    }

    public void Finished(string outcome, string reason, GenAiCall call, int status, TimeSpan duration)
    {
        _outcomes.Add(1, new TagList { { "policygateway.outcome", outcome }, { "policygateway.reason", reason } });
        var tags = Tags(call);
        tags.Add("policygateway.dialect", call.Dialect);
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
    private static TagList Tags(GenAiCall call) => new()
    {
        { "gen_ai.operation.name", call.Operation },
        { "gen_ai.provider.name", call.Provider },
        { "gen_ai.request.model", call.Model },
    };

    private Histogram<double> Seconds(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = SecondsBuckets });
}
