using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Inference;

/// <summary>Client certificates through the whole pipeline: of a connection, and passed on by a proxy.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly TestKey _issuer = new("k1");
    private readonly TheGateway _gateway = new();

    [Theory]
    [InlineData("127.0.0.0/8", HttpStatusCode.OK)]
    [InlineData("192.0.2.1", HttpStatusCode.Unauthorized)]
    public async Task The_header_counts_from_a_listed_proxy_only_and_never_reaches_the_backend(string proxy, HttpStatusCode expected)
    {
        // A name that is forwarded otherwise.
        const string header = "X-Stainless-Certificate";
        byte[] certificate = [1, 2, 3];
        _gateway.Settings["Identity:ClientCertificateHeader"] = header;
        _gateway.Settings["Identity:TrustedProxies:0"] = proxy;
        await StartAsync();
        try
        {
            var answer = await _gateway.SendAsync(
                TheGateway.Ask("hello"), BoundTo(certificate), request => request.Headers.Add(header, $":{Convert.ToBase64String(certificate)}:"));

            Assert.Equal(expected, answer.Status);
            Assert.All(_gateway.Backend.Received, sent => Assert.DoesNotContain(sent.Headers.Keys, name => name.Contains("Certificate", StringComparison.OrdinalIgnoreCase)));
            Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, _gateway.Backend.Received.Count);
        }
        finally
        {
            await _gateway.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_certificate_of_a_connection_counts_where_the_gateway_ends_tls()
    {
        using var server = Certificate("localhost");
        using var client = Certificate("ada");
        _gateway.Settings["Gateway:ListenUrl"] = "https://127.0.0.1:0";
        _gateway.Settings["Kestrel:EndpointDefaults:ClientCertificateMode"] = nameof(ClientCertificateMode.AllowCertificate);
        _gateway.Changes = services => services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            // Nobody's chain is trusted on the machine of a test.
            https.ServerCertificate = server;
            https.AllowAnyClientCertificate();
        }));
        await StartAsync();
        try
        {
            var token = BoundTo(client.RawData);
            Assert.Equal(HttpStatusCode.OK, await SendAsync(token, server, client));
            Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(token, server, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(token, server, server));
        }
        finally
        {
            await _gateway.DisposeAsync();
        }
    }

    public void Dispose() => _issuer.Dispose();

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private Task StartAsync()
    {
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", IdentityHost.Trusting(_issuer)))
        {
            _gateway.Settings[key] = value;
        }

        return _gateway.InitializeAsync();
    }

    private async Task<HttpStatusCode> SendAsync(string token, X509Certificate2 server, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, theirs, _, _) => server.Equals(theirs);
        handler.SslOptions.ClientCertificates = certificate is null ? [] : [certificate];
        using var client = new HttpClient(handler) { BaseAddress = _gateway.Url };
        using var request = TheGateway.Request(TheGateway.Ask("hello"), token);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private string BoundTo(byte[] certificate)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return _issuer.Sign(new
        {
            iss = "https://issuer.example",
            aud = IdentityHost.Audience,
            sub = "ada",
            exp = now + 600,
            cnf = new Dictionary<string, string> { ["x5t#S256"] = Base64UrlEncoder.Encode(SHA256.HashData(certificate)) },
        });
    }
}
