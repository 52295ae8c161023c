using System.Net;
using Microsoft.Extensions.Configuration;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Telemetry;

[Collection(TelemetryTests.Name)]
public sealed class ManagementEndpointsTests
{
    [Theory]
    [InlineData("/metrics")]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    public async Task Management_answers_on_its_own_address_only(string path)
    {
        await using var host = await TelemetryHost.StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Public.GetAsync(path)).StatusCode);
    }

    [Theory]
    [InlineData("Host")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("X-Original-Host")]
    public async Task A_forged_header_does_not_reach_management_through_the_public_address(string header)
    {
        await using var host = await TelemetryHost.StartAsync();
        var management = host.Management.BaseAddress!;
        foreach (var path in new[] { "/metrics", "/metrics/", "//metrics", "/METRICS", "/healthz/ready" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Public.BaseAddress!.GetLeftPart(UriPartial.Authority) + path));
            request.Headers.TryAddWithoutValidation(header, header.EndsWith("Port", StringComparison.Ordinal) ? $"{management.Port}" : management.Authority);

            var response = await host.Public.SendAsync(request);

            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.DoesNotContain("policygateway", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/v1/things/1")]
    [InlineData("/nothing")]
    public async Task Nothing_public_is_served_on_the_management_address(string path)
    {
        await using var host = await TelemetryHost.StartAsync();

        var response = await host.Management.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_gateway_is_alive_before_it_is_ready()
    {
        await using var host = await TelemetryHost.StartAsync();
        host.Classifier.IsReady = false;

        var ready = await host.Management.GetAsync("/healthz/ready");

        Assert.Equal(HttpStatusCode.OK, (await host.Management.GetAsync("/healthz/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("the classifier is not warm", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("nowhere")]
    [InlineData("unix:/tmp/socket")]
    public void A_management_address_without_a_port_is_a_fault_that_names_its_key(string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Gateway:ManagementUrl", value)]).Build();

        var fault = Assert.Throws<InvalidOperationException>(() => ManagementAddress.From(configuration));

        Assert.Contains("Gateway:ManagementUrl", fault.Message, StringComparison.Ordinal);
    }
}
