using System.Text.Json;
using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Cli;

public sealed class ValidateReportTests
{
    [Fact]
    public void Every_fault_is_told_at_once_and_names_its_key()
    {
        var report = new ValidateReport();
        report.Fault("Gateway:PublicUrl must be an address.");
        report.Fault("Backends:Clusters:eu-west:Destinations:0 must be an address.");
        report.Warn("categories.cyber.exploitation", "categories.cyber.exploitation takes the score of cyber.");
        using var output = new StringWriter();
        report.WriteJson(output);
        using var json = JsonDocument.Parse(output.ToString());

        Assert.False(report.IsValid);
        Assert.Equal(
            ["Gateway:PublicUrl", "Backends:Clusters:eu-west:Destinations:0"],
            json.RootElement.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("key").GetString()));
        Assert.Equal("categories.cyber.exploitation", json.RootElement.GetProperty("warnings")[0].GetProperty("key").GetString());
    }

    [Fact]
    public void A_warning_alone_is_valid()
    {
        var report = new ValidateReport();
        report.Warn("categories.cyber.exploitation", "categories.cyber.exploitation takes the score of cyber.");
        using var output = new StringWriter();
        report.WriteText(output);

        Assert.True(report.IsValid);
        Assert.Contains("warning  categories.cyber.exploitation", output.ToString(), StringComparison.Ordinal);
    }
}
