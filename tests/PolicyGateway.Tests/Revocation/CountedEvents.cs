using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Revocation;

/// <summary>What one gateway counted of security events, as "event result".</summary>
internal sealed class CountedEvents : IDisposable
{
    private readonly MeterListener _listener = new();

    public CountedEvents(GatewayTelemetry telemetry)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == telemetry.Meter && instrument.Name == "policygateway.security_events")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => All.Enqueue($"{tags[0].Value} {tags[1].Value}"));
        _listener.Start();
    }

    public ConcurrentQueue<string> All { get; } = [];

    public void Dispose() => _listener.Dispose();
}
