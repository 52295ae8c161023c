using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class TelemetryOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() =>
        Assert.True(new TelemetryOptions.Validator().Validate(null, new TelemetryOptions()).Succeeded);

    [Fact]
    public void Every_fault_is_named_at_once_by_its_key()
    {
        var options = new TelemetryOptions
        {
            OtlpEndpoint = new Uri("collector", UriKind.Relative),
            OtlpProtocol = "smoke",
            SampleRatio = double.NaN,
            ServiceName = " ",
        };

        var result = new TelemetryOptions.Validator().Validate(null, options);

        Assert.Equal(
            ["Telemetry:OtlpEndpoint", "Telemetry:OtlpProtocol", "Telemetry:SampleRatio", "Telemetry:ServiceName"],
            result.Failures!.Select(fault => fault.Split(' ')[0]));
    }

    [Fact]
    public async Task Faults_stop_the_start()
    {
        var fault = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => TelemetryHost.StartAsync(("Telemetry:SampleRatio", "2"), ("Telemetry:OtlpEndpoint", "ftp://collector")));

        Assert.Equal(2, fault.Failures.Count());
    }
}
