using System.Net;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Hosting;

/// <summary>Ready once the classifier is warm, as a load balancer asks it.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public async Task The_gateway_is_ready_once_its_classifier_is_warm_and_alive_before_that()
    {
        var gateway = new TheGateway();
        gateway.Classifier.IsReady = false;
        await gateway.InitializeAsync();
        try
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await Health.StatusAsync(gateway, "ready"));
            Assert.Equal(HttpStatusCode.OK, await Health.StatusAsync(gateway, "live"));

            gateway.Classifier.IsReady = true;

            Assert.Equal(HttpStatusCode.OK, await Health.StatusAsync(gateway, "ready"));
        }
        finally
        {
            await gateway.DisposeAsync();
        }
    }
}

internal static class Health
{
    public static async Task<HttpStatusCode> StatusAsync(TheGateway gateway, string check)
    {
        using var client = new HttpClient { BaseAddress = gateway.Management };
        using var response = await client.GetAsync("/healthz/" + check);
        return response.StatusCode;
    }
}
