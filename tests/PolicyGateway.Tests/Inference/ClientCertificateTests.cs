using System.Net;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Inference;

/// <summary>A certificate that a proxy passes on, through the whole pipeline.</summary>
public sealed class ClientCertificateTests
{
    [Theory]
    [InlineData("127.0.0.0/8", HttpStatusCode.OK)]
    [InlineData("192.0.2.1", HttpStatusCode.Unauthorized)]
    public async Task The_header_counts_from_a_listed_proxy_only_and_never_reaches_the_backend(string proxy, HttpStatusCode expected)
    {
        var gateway = new TheGateway();
        using var issuer = new TestKey("k1");
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", IdentityHost.Trusting(issuer)))
        {
            gateway.Settings[key] = value;
        }

        gateway.Settings["Identity:ClientCertificateHeader"] = "X-Stainless-Certificate";
        gateway.Settings["Identity:TrustedProxies:0"] = proxy;
        await gateway.InitializeAsync();
        try
        {
            byte[] certificate = [1, 2, 3];
            var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            var token = issuer.Sign(new
            {
                iss = "https://issuer.example",
                aud = IdentityHost.Audience,
                sub = "ada",
                exp = now + 600,
                cnf = new Dictionary<string, string> { ["x5t#S256"] = Base64UrlEncoder.Encode(SHA256.HashData(certificate)) },
            });

            var answer = await gateway.SendAsync(
                TheGateway.Ask("hello"), token, request => request.Headers.Add("X-Stainless-Certificate", $":{Convert.ToBase64String(certificate)}:"));

            Assert.Equal(expected, answer.Status);
            Assert.All(gateway.Backend.Received, sent => Assert.DoesNotContain(sent.Headers.Keys, name => name.Contains("Certificate", StringComparison.OrdinalIgnoreCase)));
            Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, gateway.Backend.Received.Count);
        }
        finally
        {
            await gateway.DisposeAsync();
        }
    }
}
