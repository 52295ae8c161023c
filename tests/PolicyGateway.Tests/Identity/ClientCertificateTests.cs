using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>Tokens that are bound to a client certificate: whose word counts for it.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private const string Proxy = "10.1.2.3";
    private const string Stranger = "10.2.0.1";

    private readonly X509Certificate2 _certificate = Certificate("ada");
    private readonly X509Certificate2 _other = Certificate("eve");
    private readonly DpopHost _dpop = new(options =>
    {
        options.ClientCertificateHeader = "Client-Cert";
        options.TrustedProxies = ["10.1.0.0/16", "::1", "fd00::/8"];
    });

    [Fact]
    public async Task The_certificate_of_the_connection_is_the_tokens()
    {
        var caller = (await SendAsync(Bound(), request => request.HttpContext.Connection.ClientCertificate = _certificate)).Caller!;

        Assert.Equal(("ada", TokenBinding.Mtls), (caller.Subject, caller.Binding));
    }

    [Fact]
    public async Task Without_the_certificate_or_with_another_the_token_is_refused_remembered_or_not()
    {
        Assert.NotNull((await SendAsync(Bound(), request => request.HttpContext.Connection.ClientCertificate = _certificate)).Caller);

        Assert.Same(AuthenticationFault.OtherCertificate, (await SendAsync(Bound(), static _ => { })).Fault);
        Assert.Same(AuthenticationFault.OtherCertificate, (await SendAsync(Bound(), request => request.HttpContext.Connection.ClientCertificate = _other)).Fault);
    }

    [Theory]
    [InlineData(Proxy)]
    [InlineData("::ffff:10.1.2.3")]
    [InlineData("::1")]
    [InlineData("fd12::1")]
    public async Task A_listed_proxy_is_believed(string peer) =>
        Assert.Equal(TokenBinding.Mtls, (await SendAsync(Bound(), request => From(request, peer, Header(_certificate)))).Caller?.Binding);

    [Theory]
    [InlineData(Stranger)]
    [InlineData("::ffff:10.2.0.1")]
    [InlineData("fe80::1")]
    [InlineData(null)]
    public async Task From_anybody_else_the_header_is_nothing(string? peer) =>
        Assert.Same(AuthenticationFault.OtherCertificate, (await SendAsync(Bound(), request => From(request, peer, Header(_certificate)))).Fault);

    [Theory]
    [InlineData(Proxy)]
    [InlineData(Stranger)]
    public void The_header_is_taken_out_of_every_request(string peer)
    {
        var context = new DefaultHttpContext();
        From(context.Request, peer, Header(_certificate));

        Certificates(_dpop).Take(context);

        Assert.False(context.Request.Headers.ContainsKey("Client-Cert"));
    }

    [Fact]
    public async Task The_certificate_of_the_proxys_own_connection_is_nobodys()
    {
        var token = Bound();

        Assert.Same(AuthenticationFault.OtherCertificate, (await SendAsync(token, request =>
        {
            request.HttpContext.Connection.ClientCertificate = _certificate;
            From(request, Proxy, null);
        })).Fault);
    }

    public static TheoryData<string> BadHeaders() => new()
    {
        "", ":", "::", ":AAAA:", "AAAA", ":not base64:", ":AAA:", ":AAAA:;a=b", new string('A', 1 << 20), ":\r\nX: y:",
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public async Task A_header_of_another_form_is_no_certificate(string header) =>
        Assert.Same(AuthenticationFault.OtherCertificate, (await SendAsync(Bound(), request => From(request, Proxy, header))).Fault);

    [Fact]
    public async Task Two_headers_are_no_certificate() => Assert.Same(
        AuthenticationFault.OtherCertificate,
        (await SendAsync(Bound(), request =>
        {
            request.HttpContext.Connection.RemoteIpAddress = IPAddress.Parse(Proxy);
            request.Headers["Client-Cert"] = new[] { Header(_certificate), Header(_other) };
            Certificates(_dpop).Take(request.HttpContext);
        })).Fault);

    [Fact]
    public async Task A_token_that_is_bound_twice_needs_both()
    {
        var token = _dpop.Issue(("cnf", new Dictionary<string, string> { ["jkt"] = _dpop.Client.Thumbprint, ["x5t#S256"] = Hash(_certificate) }));

        Assert.Same(AuthenticationFault.BoundSentAsBearer, (await SendAsync(token, request => From(request, Proxy, Header(_certificate)))).Fault);
        Assert.Same(AuthenticationFault.OtherCertificate, (await _dpop.SendAsync("DPoP " + token, _dpop.Client.Prove(token, _dpop.Now))).Fault);
        Assert.Equal(TokenBinding.Dpop, (await _dpop.SendAsync(
            "DPoP " + token, _dpop.Client.Prove(token, _dpop.Now), request => From(request, Proxy, Header(_certificate)))).Caller?.Binding);
    }

    [Fact]
    public async Task Nobody_is_believed_where_no_header_is_configured()
    {
        using var plain = new DpopHost();
        var token = plain.Issue(("cnf", new Dictionary<string, string> { ["x5t#S256"] = Hash(_certificate) }));

        Assert.Same(AuthenticationFault.OtherCertificate, (await plain.SendAsync("Bearer " + token, null, request =>
        {
            request.HttpContext.Connection.RemoteIpAddress = IPAddress.Parse(Proxy);
            request.Headers["Client-Cert"] = Header(_certificate);
            Certificates(plain).Take(request.HttpContext);
        })).Fault);
    }

    [Theory]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("fd00::/8", true)]
    [InlineData("0.0.0.0/0", false)]
    [InlineData("::/0", false)]
    [InlineData("10.1", false)]
    [InlineData("10.0.0.1/8", false)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData("proxy.example", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_proxy_is_an_address_or_a_range_and_never_everybody(string? text, bool isOne) => Assert.Equal(isOne, TrustedProxy.Parse(text) is not null);

    public void Dispose()
    {
        _dpop.Dispose();
        _certificate.Dispose();
        _other.Dispose();
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2032, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    private static string Hash(X509Certificate2 certificate) => Base64UrlEncoder.Encode(SHA256.HashData(certificate.RawData));

    private static string Header(X509Certificate2 certificate) => $":{Convert.ToBase64String(certificate.RawData)}:";

    private static ClientCertificates Certificates(DpopHost host) => host.Host.Services.GetRequiredService<ClientCertificates>();

    private string Bound() => _dpop.Issue(("cnf", new Dictionary<string, string> { ["x5t#S256"] = Hash(_certificate) }));

    private Task<CallerResult> SendAsync(string token, Action<HttpRequest> change) => _dpop.SendAsync("Bearer " + token, null, change);

    private void From(HttpRequest request, string? peer, string? header)
    {
        request.HttpContext.Connection.RemoteIpAddress = peer is null ? null : IPAddress.Parse(peer);
        if (header is not null)
        {
            request.Headers["Client-Cert"] = header;
        }

        Certificates(_dpop).Take(request.HttpContext);
    }
}
