namespace PolicyGateway.Tests.Telemetry;

/// <summary>
/// Meters and sources are known by their names in the whole process, so that beside other tests these would hear their
/// gateways, too.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryTests
{
    public const string Name = "telemetry";
}
