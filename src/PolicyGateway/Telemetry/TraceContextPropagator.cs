using System.Diagnostics;

namespace PolicyGateway.Telemetry;

/// <summary>
/// Takes over a caller's trace id and sampling flag, and nothing else. Baggage and trace state are free text of the
/// client's, and whatever is taken over here is sent on to the backend beside the list of headers that may pass.
/// </summary>
internal sealed class TraceContextPropagator : DistributedContextPropagator
{
    private const string TraceParent = "traceparent";

    private static readonly DistributedContextPropagator W3C = CreateW3CPropagator();

    public override IReadOnlyCollection<string> Fields { get; } = [TraceParent];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => W3C.Inject(activity, carrier, setter);

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        W3C.ExtractTraceIdAndState(carrier, getter, out traceId, out _);
        traceState = null;

        // An id that is none would become the span's parent as the text that it is.
        traceId = ActivityContext.TryParse(traceId, null, out _) ? traceId : null;
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
