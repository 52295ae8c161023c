using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>The truth table of tokens that do not count. None of them may pass for an anonymous caller.</summary>
public sealed class BadTokenTests : IDisposable
{
    private readonly TestKey _key = new("k1");
    private readonly TestKey _foreign = new("k1");
    private readonly IdentityHost _host;

    public BadTokenTests() => _host = new IdentityHost(options => options.Issuers.Add(IdentityHost.Trusting(_key)));

    [Fact]
    public async Task A_good_token_passes_and_makes_the_caller()
    {
        var token = _key.Sign(_host.Claims(changes: [("tenant", "acme"), ("org", "Acme Ltd"), ("acr", "phr"), ("auth_time", 1_900_000_000), ("credentials", new[] { "security-professional" })]));

        var caller = (await _host.ReadAsync(token)).Caller!;

        Assert.Equal(("https://issuer.example", "ada", "Acme Ltd", "acme", "verified", "phr"), (caller.Issuer, caller.Subject, caller.Organisation, caller.Tenant, caller.Tier.Name, caller.Acr));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_900_000_000), caller.AuthTime);
        Assert.True(Assert.Single(caller.Credentials, credential => credential.Name == "security-professional").IsInForce(_host.Clock.GetUtcNow()));
        Assert.False(caller.IsAnonymous);
    }

    [Theory]
    [InlineData("garbage", "malformed")]
    [InlineData("a.b.c", "malformed")]
    [InlineData("..", "malformed")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.", "unknown_issuer")]
    [InlineData("a.b.c.d.e", "malformed")]
    [InlineData("токен.токен.токен", "malformed")]
    public async Task Text_that_is_no_token_is_invalid(string token, string reason) => await RefusedAsync(token, reason);

    [Theory]
    [InlineData("none", "algorithm")]
    [InlineData("None", "algorithm")]
    [InlineData("HS256", "algorithm")]
    [InlineData("ES384", "algorithm")]
    [InlineData("ES256", "signature")]
    [InlineData("RS256", "signature")]
    public async Task An_unsigned_token_is_invalid_whatever_algorithm_it_names(string algorithm, string reason) =>
        await RefusedAsync(TestKey.Assemble(new { alg = algorithm, typ = "at+jwt", kid = "k1" }, Json(_host.Claims()), _ => []), reason);

    [Fact]
    public async Task The_public_key_used_as_a_shared_secret_signs_nothing()
    {
        foreach (var secret in new[] { _key.PublicPem, _key.Jwks })
        {
            var token = TestKey.Assemble(new { alg = "HS256", typ = "at+jwt", kid = "k1" }, Json(_host.Claims()), bytes => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes));
            await RefusedAsync(token, "algorithm");
        }
    }

    [Fact]
    public async Task A_foreign_key_with_the_same_key_id_is_invalid() =>
        await RefusedAsync(_foreign.Sign(_host.Claims()), "signature");

    [Fact]
    public async Task A_foreign_key_without_a_key_id_is_invalid() =>
        await RefusedAsync(_foreign.Sign(_host.Claims(), new { alg = "ES256", typ = "at+jwt" }), "signature");

    [Fact]
    public async Task A_key_that_the_token_brings_along_is_ignored() =>
        await RefusedAsync(
            _foreign.Sign(_host.Claims(), new { alg = "ES256", typ = "at+jwt", kid = "mine", jwk = _foreign.PublicJwk, jku = "http://127.0.0.1:9/keys" }),
            "unknown_key");

    [Fact]
    public async Task An_unknown_critical_header_is_invalid() =>
        await RefusedAsync(_key.Sign(_host.Claims(), new { alg = "ES256", typ = "at+jwt", kid = "k1", crit = new[] { "exp" }, exp = 1 }), "critical_header");

    [Theory]
    [InlineData("secevent+jwt")]
    [InlineData("dpop+jwt")]
    [InlineData("logout+jwt")]
    public async Task Another_kind_of_token_of_the_same_issuer_is_invalid(string type) =>
        await RefusedAsync(_key.Sign(_host.Claims(), new { alg = "ES256", typ = type, kid = "k1" }), "token_type");

    [Theory]
    [InlineData("exp", -31, "expired")]
    [InlineData("exp", -100_000, "expired")]
    [InlineData("exp", null, "no_expiry")]
    [InlineData("nbf", 31, "not_yet_valid")]
    [InlineData("iat", 31, "issued_ahead")]
    [InlineData("iat", 31_536_000, "issued_ahead")]
    public async Task A_token_outside_its_time_is_invalid(string claim, int? offset, string reason)
    {
        object? value = offset is null ? null : _host.Clock.GetUtcNow().ToUnixTimeSeconds() + offset.Value;
        await RefusedAsync(_key.Sign(_host.Claims(changes: (claim, value))), reason);
    }

    [Theory]
    [InlineData("exp", -29)]
    [InlineData("nbf", 30)]
    [InlineData("iat", 30)]
    public async Task The_clock_skew_is_granted(string claim, int offset) =>
        Assert.NotNull((await _host.ReadAsync(_key.Sign(_host.Claims(changes: (claim, _host.Clock.GetUtcNow().ToUnixTimeSeconds() + offset))))).Caller);

    [Theory]
    [InlineData("aud", "another-service", "audience")]
    [InlineData("aud", "gateway/", "audience")]
    [InlineData("aud", "Gateway", "audience")]
    [InlineData("aud", null, "audience")]
    [InlineData("iss", "https://issuer.example/", "unknown_issuer")]
    [InlineData("iss", "https://evil.example", "unknown_issuer")]
    [InlineData("iss", null, "unknown_issuer")]
    [InlineData("sub", null, "no_subject")]
    [InlineData("sub", "", "no_subject")]
    [InlineData("sub", "a\nb", "no_subject")]
    public async Task A_token_with_a_wrong_claim_is_invalid(string claim, string? value, string reason) =>
        await RefusedAsync(_key.Sign(_host.Claims(changes: (claim, value))), reason);

    /// <summary>Claims of another type than they have by their definition, which some readers take and some do not.</summary>
    [Theory]
    [InlineData("exp", "\"9999999999\"")]
    [InlineData("nbf", "\"1\"")]
    [InlineData("iat", "\"1\"")]
    [InlineData("iat", "true")]
    [InlineData("sub", "7")]
    [InlineData("sub", "[\"ann\"]")]
    [InlineData("jti", "7")]
    public async Task A_claim_of_another_type_is_invalid(string claim, string value)
    {
        var token = _key.Sign(_host.Claims(changes: (claim, System.Text.Json.JsonDocument.Parse(value).RootElement)));

        Assert.Null((await _host.ReadAsync(token)).Caller);
    }

    [Fact]
    public async Task One_of_several_audiences_is_enough() =>
        Assert.NotNull((await _host.ReadAsync(_key.Sign(_host.Claims(changes: ("aud", new[] { "other", "gateway" }))))).Caller);

    [Fact]
    public async Task A_claim_that_stands_there_twice_is_invalid()
    {
        var claims = Json(_host.Claims());
        await RefusedAsync(_key.SignText(claims[..^1] + ",\"tier\":\"professional\"}"), "malformed");
    }

    [Fact]
    public async Task A_token_bound_to_a_key_is_invalid_without_the_proof() =>
        await RefusedAsync(_key.Sign(_host.Claims(changes: ("cnf", new { jkt = "x" }))), "sender_constrained");

    [Fact]
    public async Task A_tampered_payload_is_invalid()
    {
        var parts = _key.Sign(_host.Claims()).Split('.');
        var payload = Base64UrlEncoder.Encode(Json(_host.Claims(changes: ("tier", "professional"))));
        await RefusedAsync($"{parts[0]}.{payload}.{parts[2]}", "signature");
    }

    [Fact]
    public async Task A_token_of_one_megabyte_is_refused_unread()
    {
        var fault = (await _host.ReadAsync(new string('a', 1 << 20))).Fault!;

        Assert.Same(AuthenticationFault.TooLarge, fault);
    }

    [Fact]
    public async Task A_refused_token_is_never_logged()
    {
        var token = _foreign.Sign(_host.Claims(changes: ("sub", "very-secret-subject")));

        await RefusedAsync(token, "signature");

        Assert.Contains("TokenRefused: An access token was refused: signature.", _host.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[1], _host.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret-subject", _host.Log.Text, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _host.Dispose();
        _key.Dispose();
        _foreign.Dispose();
    }

    private static string Json(object value) => System.Text.Json.JsonSerializer.Serialize(value);

    private async Task RefusedAsync(string token, string reason)
    {
        var result = await _host.ReadAsync(token);
        Assert.Null(result.Caller);
        Assert.Equal(("invalid_token", 401, reason), (result.Fault!.Error, result.Fault.StatusCode, result.Fault.Reason));
    }
}
