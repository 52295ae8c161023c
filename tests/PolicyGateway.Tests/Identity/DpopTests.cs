using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Hosting;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>What an honest client of a bound token does, and what it is told.</summary>
public sealed class DpopTests : IDisposable
{
    private readonly DpopHost _dpop = new();

    [Fact]
    public async Task A_bound_token_with_its_proof_is_its_senders()
    {
        var caller = (await _dpop.SendAsync(_dpop.Prove())).Caller!;

        Assert.Equal(("ada", TokenBinding.Dpop), (caller.Subject, caller.Binding));
        Assert.Null(_dpop.Nonce);
    }

    [Fact]
    public async Task An_unbound_token_stays_a_bearer_token()
    {
        var caller = (await _dpop.Host.ReadAsync(_dpop.Issuer.Sign(_dpop.Host.Claims()))).Caller!;

        Assert.Equal(TokenBinding.None, caller.Binding);
    }

    [Fact]
    public async Task Each_request_needs_a_proof_of_its_own_though_the_token_is_remembered()
    {
        Assert.NotNull((await _dpop.SendAsync(_dpop.Prove())).Caller);
        Assert.NotNull(_dpop.Host.Services.GetRequiredService<TokenCache>().Find(_dpop.Token));

        Assert.NotNull((await _dpop.SendAsync(_dpop.Prove())).Caller);
        Assert.Same(AuthenticationFault.NoProof, (await _dpop.SendAsync("DPoP " + _dpop.Token, null)).Fault);
        Assert.Same(AuthenticationFault.BoundSentAsBearer, (await _dpop.Host.ReadAsync(_dpop.Token)).Fault);
    }

    [Theory]
    [InlineData("https://GATEWAY.example/v1/chat/completions")]
    [InlineData("https://gateway.example:443/v1/chat/completions")]
    [InlineData("https://gateway.example/v1/chat/completions?a=b#c")]
    [InlineData("https://gateway.example/v1/chat%2Dcompletions", "/v1/chat-completions")]
    [InlineData("https://gateway.example/v1/models/m%3Agenerate", "/v1/models/m:generate")]
    [InlineData("https://gateway.example/v1/models/%C3%A4", "/v1/models/ä")]
    public async Task The_address_is_compared_normalised_and_without_its_query(string address, string path = "/v1/chat/completions") =>
        Assert.NotNull((await _dpop.SendAsync("DPoP " + _dpop.Token, _dpop.Prove(claims: [("htu", address)]), request => request.Path = path)).Caller);

    [Theory]
    [InlineData("https://gateway.example/llm/v1/chat/completions", true)]
    [InlineData("https://gateway.example/v1/chat/completions", false)]
    public async Task The_path_of_the_public_address_is_part_of_the_address(string address, bool isOurs)
    {
        _dpop.Host.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.PublicUrl = new Uri("https://gateway.example/llm/");

        Assert.Equal(isOurs, (await _dpop.SendAsync(_dpop.Prove(claims: [("htu", address)]))).Caller is not null);
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    public async Task A_client_may_prove_with_an_rsa_key(string algorithm)
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(false);
        var jwk = new JsonWebKey { Kty = "RSA", N = Base64UrlEncoder.Encode(parameters.Modulus), E = Base64UrlEncoder.Encode(parameters.Exponent) };
        var token = _dpop.Issue(("cnf", new { jkt = Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint()) }));
        var proof = _dpop.Client.Prove(
            token, _dpop.Now, [("alg", algorithm), ("jwk", new { kty = "RSA", n = jwk.N, e = jwk.E })],
            sign: bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, algorithm == "RS256" ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss));

        Assert.Equal(TokenBinding.Dpop, (await _dpop.SendAsync("DPoP " + token, proof)).Caller?.Binding);
    }

    [Theory]
    [InlineData("ES256", "nistP256", "SHA256")]
    [InlineData("ES384", "nistP384", "SHA384")]
    [InlineData("ES512", "nistP521", "SHA512")]
    public async Task A_client_may_prove_with_a_key_of_each_curve(string algorithm, string curve, string hash)
    {
        using var host = new DpopHost(options => options.Dpop.Algorithms = [algorithm]);
        using var client = new DpopClient(ECCurve.CreateFromFriendlyName(curve));
        var token = host.Issue(("cnf", client.Confirmation));
        string Prove(string use) => client.Prove(token, host.Now, [("alg", algorithm)], [("jti", use)], bytes => client.Sign(bytes, new HashAlgorithmName(hash)));
        var forged = client.Prove(token, host.Now, [("alg", algorithm)], sign: bytes => client.Sign([.. bytes, 0], new HashAlgorithmName(hash)));

        Assert.Equal(TokenBinding.Dpop, (await host.SendAsync("DPoP " + token, Prove("first"))).Caller?.Binding);
        Assert.Equal(TokenBinding.Dpop, (await host.SendAsync("DPoP " + token, Prove("second"))).Caller?.Binding);
        Assert.Same(AuthenticationFault.ProofSignature, (await host.SendAsync("DPoP " + token, forged)).Fault);
    }

    [Fact]
    public async Task Where_a_nonce_is_wanted_the_client_is_given_one_and_may_use_it_until_the_next_but_one()
    {
        using var dpop = new DpopHost(options => options.Dpop.RequireNonce = true);

        Assert.Same(AuthenticationFault.NonceWanted, (await dpop.SendAsync(dpop.Prove())).Fault);
        var first = dpop.Nonce!;
        Assert.NotNull((await dpop.SendAsync(dpop.Prove(claims: [("nonce", first)]))).Caller);
        Assert.Null(dpop.Nonce);

        dpop.Host.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.NotNull((await dpop.SendAsync(dpop.Prove(claims: [("nonce", first)]))).Caller);
        Assert.NotNull(dpop.Nonce);
        Assert.NotEqual(first, dpop.Nonce);

        dpop.Host.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Same(AuthenticationFault.NonceWanted, (await dpop.SendAsync(dpop.Prove(claims: [("nonce", first)]))).Fault);
    }

    [Fact]
    public async Task A_refused_proof_uses_up_nothing()
    {
        using var dpop = new DpopHost(options => options.Dpop.RequireNonce = true);
        await dpop.SendAsync(dpop.Prove(claims: [("jti", "one")]));

        Assert.NotNull((await dpop.SendAsync(dpop.Prove(claims: [("jti", "one"), ("nonce", dpop.Nonce)]))).Caller);
    }

    [Fact]
    public async Task A_proof_that_may_have_been_used_before_the_start_needs_a_nonce()
    {
        using var dpop = new DpopHost();
        var started = dpop.Store.MarksSince;
        var skew = dpop.Host.Options.ClockSkew;

        // By a clock that is ahead it may have been made, and used, as long before.
        var early = dpop.Prove(claims: [("iat", (started + skew).ToUnixTimeSeconds() - 1)]);
        Assert.Same(AuthenticationFault.NonceWanted, (await dpop.SendAsync(early)).Fault);
        Assert.NotNull((await dpop.SendAsync(dpop.Prove(claims: [("iat", (started + skew).ToUnixTimeSeconds() - 1), ("nonce", dpop.Nonce)]))).Caller);
        Assert.NotNull((await dpop.SendAsync(dpop.Prove(claims: [("iat", (started + skew).ToUnixTimeSeconds())]))).Caller);
    }

    [Fact]
    public async Task Two_clients_may_happen_upon_the_same_id()
    {
        using var other = new DpopClient();
        var token = _dpop.Issue(("cnf", other.Confirmation));

        Assert.NotNull((await _dpop.SendAsync(_dpop.Prove(claims: [("jti", "one")]))).Caller);
        Assert.NotNull((await _dpop.SendAsync("DPoP " + token, other.Prove(token, _dpop.Now, claims: [("jti", "one")]))).Caller);
    }

    [Fact]
    public async Task Asked_twice_of_one_request_the_answer_is_the_same()
    {
        var proof = _dpop.Prove();
        var possession = _dpop.Host.Services.GetRequiredService<Possession>();
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Path = "/v1/chat/completions";
        var bound = new Confirmation(Base64UrlEncoder.DecodeBytes(_dpop.Client.Thumbprint), null);
        var sent = new AccessToken(_dpop.Token, proof, null);

        Assert.Null(await possession.CheckAsync(context, sent, bound));
        Assert.Null(await possession.CheckAsync(context, sent, bound));
        Assert.Same(AuthenticationFault.ProofReplayed, (await _dpop.SendAsync(proof)).Fault);
    }

    public void Dispose() => _dpop.Dispose();
}
