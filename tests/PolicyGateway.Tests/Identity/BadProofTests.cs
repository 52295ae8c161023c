using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>Proofs of which the form, the algorithm or the key is not what RFC 9449, 4.2 has it.</summary>
public sealed class BadProofTests : IDisposable
{
    private readonly DpopHost _dpop = new();

    [Theory]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("at+jwt")]
    [InlineData("dpop+jwt ")]
    public async Task Another_kind_of_jwt_is_no_proof(string? type) =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofType, _dpop.Prove([("typ", type)]));

    [Fact]
    public async Task An_access_token_is_no_proof() => await _dpop.RefusedAsync(AuthenticationFault.ProofType, _dpop.Token);

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("ES384")]
    [InlineData("es256")]
    [InlineData("EdDSA")]
    [InlineData(null)]
    public async Task An_algorithm_that_is_not_listed_is_refused(string? algorithm) =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofAlgorithm, _dpop.Prove([("alg", algorithm)]));

    [Fact]
    public async Task The_public_key_used_as_a_shared_secret_proves_nothing()
    {
        var secret = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(_dpop.Client.PublicJwk));
        var proof = _dpop.Client.Prove(_dpop.Token, _dpop.Now, [("alg", "HS256")], sign: bytes => HMACSHA256.HashData(secret, bytes));
        var shared = _dpop.Client.Prove(
            _dpop.Token, _dpop.Now, [("alg", "HS256"), ("jwk", new { kty = "oct", k = Base64UrlEncoder.Encode(secret) })], sign: bytes => HMACSHA256.HashData(secret, bytes));

        await _dpop.RefusedAsync(AuthenticationFault.ProofAlgorithm, proof);
        await _dpop.RefusedAsync(AuthenticationFault.ProofAlgorithm, shared);
    }

    [Fact]
    public async Task An_algorithm_and_a_key_that_do_not_go_together_are_refused()
    {
        using var host = new DpopHost(options => options.Dpop.Algorithms = ["ES256", "ES384", "RS256"]);
        using var longer = new DpopClient(ECCurve.NamedCurves.nistP384);

        await _dpop.RefusedAsync(AuthenticationFault.ProofKey, longer.Prove(_dpop.Token, _dpop.Now));
        await _dpop.RefusedAsync(AuthenticationFault.ProofKey, _dpop.Prove([("alg", "RS256")]));
        Assert.Same(AuthenticationFault.ProofKey, (await host.SendAsync(host.Prove([("alg", "ES384")]))).Fault);
    }

    [Fact]
    public async Task A_private_key_is_refused()
    {
        var jwk = _dpop.Client.PublicJwk;
        jwk["d"] = _dpop.Client.PrivatePart;

        await _dpop.RefusedAsync(AuthenticationFault.ProofKey, _dpop.Prove([("jwk", jwk)]));
        await _dpop.RefusedAsync(AuthenticationFault.ProofKey, _dpop.Prove([("jwk", null)]));
        await _dpop.RefusedAsync(AuthenticationFault.ProofKey, _dpop.Prove([("jwk", "x")]));
    }

    [Theory]
    [InlineData("x", "AAAA")]
    [InlineData("y", "=")]
    [InlineData("crv", "P-521")]
    [InlineData("crv", "secp256k1")]
    [InlineData("kty", "OKP")]
    [InlineData("use", "enc")]
    [InlineData("alg", "RS256")]
    public async Task A_key_that_is_none_is_refused(string member, string value)
    {
        var jwk = _dpop.Client.PublicJwk;
        jwk[member] = value;

        await _dpop.RefusedAsync(AuthenticationFault.ProofKey, _dpop.Prove([("jwk", jwk)]));
    }

    [Fact]
    public async Task A_point_that_is_on_no_curve_is_refused_though_a_token_names_it()
    {
        var zeros = Base64UrlEncoder.Encode(new byte[32]);
        var thumbprint = SHA256.HashData(Encoding.UTF8.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{zeros}}","y":"{{zeros}}"}"""));
        var token = _dpop.Issue(("cnf", new { jkt = Base64UrlEncoder.Encode(thumbprint) }));

        await _dpop.RefusedAsync(
            AuthenticationFault.ProofSignature,
            "DPoP " + token,
            _dpop.Client.Prove(token, _dpop.Now, [("jwk", new { kty = "EC", crv = "P-256", x = zeros, y = zeros })]));
    }

    [Theory]
    [InlineData("jti", null)]
    [InlineData("jti", "")]
    [InlineData("jti", 1)]
    [InlineData("htm", null)]
    [InlineData("htu", null)]
    [InlineData("iat", null)]
    [InlineData("iat", "now")]
    [InlineData("iat", 1e300)]
    [InlineData("iat", -1)]
    [InlineData("ath", null)]
    [InlineData("ath", "AAAA")]
    [InlineData("nonce", 1)]
    [InlineData("nonce", "")]
    public async Task A_proof_without_what_it_must_say_is_refused(string claim, object? value) =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofClaims, _dpop.Prove(claims: [(claim, value)]));

    [Fact]
    public async Task An_endless_id_is_refused() =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofClaims, _dpop.Prove(claims: [("jti", new string('a', 257))]));

    /// <summary>But for the last character, of which not every bit is the signature's.</summary>
    [Fact]
    public async Task A_proof_of_which_one_character_was_changed_is_refused()
    {
        var proof = _dpop.Prove();
        for (var place = 0; place < proof.Length - 1; place += 7)
        {
            foreach (var other in "A_.=\r")
            {
                if (proof[place] != other)
                {
                    Assert.Null((await _dpop.SendAsync($"{proof.AsSpan(0, place)}{other}{proof.AsSpan(place + 1)}")).Caller);
                }
            }
        }

        Assert.NotNull((await _dpop.SendAsync(proof)).Caller);
    }

    [Fact]
    public async Task A_proof_of_one_megabyte_is_refused_unread() =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofTooLarge, new string('a', 1 << 20));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("W10.W10.AAAA")]
    [InlineData("bnVsbA.bnVsbA.AAAA")]
    [InlineData("\"; error=\"x\r\nX-Tier: professional")]
    [InlineData("e30.e30.AA AA")]
    [InlineData("e30.e30.AAAA.AAAA.AAAA")]
    [InlineData("/-8.e30.AAAA")]
    public async Task What_is_no_jwt_is_no_proof(string text)
    {
        var fault = (await _dpop.SendAsync(text)).Fault!;

        Assert.True(fault.Reason is "proof_form" or "proof_type", fault.Reason);
        Assert.DoesNotContain("professional", new BearerChallenge(new Uri(IdentityHost.PublicUrl)).For(fault), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"typ":"dpop+jwt","typ":"dpop+jwt","alg":"ES256"}""", "{}")]
    [InlineData("""{"typ":"dpop+jwt","alg":"ES256","crit":["b64"],"b64":false}""", "{}")]
    [InlineData("""{"typ":"\ud800","alg":"ES256"}""", "{}")]
    [InlineData("""{"typ":"dpop+jwt","alg":"ES256","a":[[[[[[[[[[]]]]]]]]]]}""", "{}")]
    [InlineData("""{"typ":"dpop+jwt","alg":"ES256"}""", """{"jti":"a","jti":"b"}""")]
    public async Task A_proof_that_two_readers_could_read_differently_is_refused(string header, string claims) =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofForm, _dpop.Client.ProveText(header, claims));

    public void Dispose() => _dpop.Dispose();
}
