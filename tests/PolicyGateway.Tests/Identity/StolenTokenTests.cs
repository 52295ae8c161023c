using System.Text.Json;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Identity;

/// <summary>The catalogue of whoever has a bound token and not its key, or has seen a proof.</summary>
public sealed class StolenTokenTests : IDisposable
{
    private readonly DpopHost _dpop = new();

    [Fact]
    public async Task A_stolen_bound_token_is_refused_as_a_bearer_token()
    {
        await _dpop.RefusedAsync(AuthenticationFault.BoundSentAsBearer, "Bearer " + _dpop.Token, null);
        var bare = await _dpop.Host.ReadAsync(request => request.Headers["x-api-key"] = _dpop.Token, "x-api-key");
        Assert.Same(AuthenticationFault.BoundSentAsBearer, bare.Fault);
    }

    [Fact]
    public async Task A_stolen_token_with_the_proof_of_another_key_is_refused()
    {
        using var thief = new DpopClient();

        await _dpop.RefusedAsync(AuthenticationFault.OtherProofKey, "DPoP " + _dpop.Token, thief.Prove(_dpop.Token, _dpop.Now));
    }

    [Fact]
    public async Task A_proof_that_names_the_right_key_and_is_signed_by_another_is_refused()
    {
        using var thief = new DpopClient();

        await _dpop.RefusedAsync(AuthenticationFault.ProofSignature, thief.Prove(_dpop.Token, _dpop.Now, [("jwk", _dpop.Client.PublicJwk)]));
    }

    [Fact]
    public async Task A_replayed_proof_is_refused_for_as_long_as_it_would_count()
    {
        var proof = _dpop.Prove();
        Assert.NotNull((await _dpop.SendAsync(proof)).Caller);

        await _dpop.RefusedAsync(AuthenticationFault.ProofReplayed, proof);
        _dpop.Host.Clock.Advance(TimeSpan.FromSeconds(90));
        await _dpop.RefusedAsync(AuthenticationFault.ProofReplayed, proof);
        _dpop.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        await _dpop.RefusedAsync(AuthenticationFault.ProofTime, proof);
    }

    [Fact]
    public async Task Of_a_hundred_replays_at_once_one_counts()
    {
        var proof = _dpop.Prove();

        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => _dpop.SendAsync(proof))));

        Assert.Single(results, result => result.Caller is not null);
    }

    [Theory]
    [InlineData("https://gateway.example/v1/completions")]
    [InlineData("https://gateway.example/v1/chat/completions/")]
    [InlineData("https://gateway.example/V1/chat/completions")]
    [InlineData("https://gateway.example/v1/chat%2Fcompletions")]
    [InlineData("https://gateway.example:8443/v1/chat/completions")]
    [InlineData("http://gateway.example/v1/chat/completions")]
    [InlineData("https://evil.example/v1/chat/completions")]
    [InlineData("http://evil.example/v1/chat/completions")]
    [InlineData("https://gateway.example@evil.example/v1/chat/completions")]
    [InlineData("https://evil.example@gateway.example/v1/chat/completions")]
    [InlineData("/v1/chat/completions")]
    [InlineData("https:\\\\gateway.example\\v1\\chat\\completions")]
    [InlineData(" https://gateway.example/v1/chat/completions")]
    [InlineData("https://gateway.example/v1/chat/completions\r\nX-Tier: professional")]
    [InlineData("https://gateway.example/v1/chat/\0completions")]
    [InlineData("mailto:gateway.example")]
    public async Task A_proof_for_another_address_is_refused(string address) =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofAddress, _dpop.Prove(claims: [("htu", address)]));

    [Theory]
    [InlineData("GET")]
    [InlineData("post")]
    [InlineData("POST\r\n")]
    public async Task A_proof_for_another_method_is_refused(string method) =>
        await _dpop.RefusedAsync(AuthenticationFault.ProofMethod, _dpop.Prove(claims: [("htm", method)]));

    [Fact]
    public async Task A_proof_for_another_token_is_refused()
    {
        var other = _dpop.Issue(("tier", "professional"));

        await _dpop.RefusedAsync(AuthenticationFault.ProofOfOtherToken, "DPoP " + other, _dpop.Prove());
        await _dpop.RefusedAsync(AuthenticationFault.ProofOfOtherToken, _dpop.Prove(claims: [("ath", DpopClient.HashOf("x"))]));
    }

    [Theory]
    [InlineData(-91, "proof_time")]
    [InlineData(-90, null)]
    [InlineData(30, null)]
    [InlineData(31, "proof_time")]
    [InlineData(-1_000_000_000, "proof_time")]
    public async Task A_proof_from_the_past_or_the_future_is_refused(int offset, string? reason)
    {
        _dpop.Host.Clock.Advance(TimeSpan.FromMinutes(2));

        var result = await _dpop.SendAsync(_dpop.Prove(claims: [("iat", _dpop.Now.ToUnixTimeSeconds() + offset)]));

        Assert.Equal(reason, result.Fault?.Reason);
    }

    [Fact]
    public async Task A_foreign_nonce_is_refused_though_none_is_required()
    {
        await _dpop.RefusedAsync(AuthenticationFault.NonceWanted, _dpop.Prove(claims: [("nonce", "of another gateway")]));
        Assert.NotNull(_dpop.Nonce);

        using var other = new DpopHost();
        await other.SendAsync(other.Prove(claims: [("nonce", "x")]));
        await _dpop.RefusedAsync(AuthenticationFault.NonceWanted, _dpop.Prove(claims: [("nonce", other.Nonce)]));
    }

    [Fact]
    public async Task Two_proofs_are_refused()
    {
        Assert.Same(
            AuthenticationFault.TwoProofs,
            (await _dpop.SendAsync("DPoP " + _dpop.Token, null, request => request.Headers["DPoP"] = new[] { _dpop.Prove(), _dpop.Prove() })).Fault);
        await _dpop.RefusedAsync(AuthenticationFault.ProofForm, _dpop.Prove() + "," + _dpop.Prove());
        await _dpop.RefusedAsync(AuthenticationFault.ProofForm, _dpop.Prove() + ", " + _dpop.Prove());
    }

    [Fact]
    public async Task Two_credentials_are_refused_proof_or_not()
    {
        Assert.Same(
            AuthenticationFault.TwoCredentials,
            (await _dpop.SendAsync("DPoP " + _dpop.Token, _dpop.Prove(), request => request.Headers.Authorization = new[] { "DPoP " + _dpop.Token, "Bearer " + _dpop.Token })).Fault);
        Assert.Same(
            AuthenticationFault.TwoCredentials,
            (await _dpop.SendAsync("DPoP " + _dpop.Token, _dpop.Prove(), request => request.Headers["x-api-key"] = _dpop.Token)).Fault);
    }

    [Fact]
    public async Task An_unbound_token_with_a_proof_is_refused()
    {
        var unbound = _dpop.Issue(("cnf", null));

        await _dpop.RefusedAsync(AuthenticationFault.UnboundWithProof, "DPoP " + unbound, _dpop.Client.Prove(unbound, _dpop.Now));
        await _dpop.RefusedAsync(AuthenticationFault.StrayProof, "Bearer " + unbound, _dpop.Client.Prove(unbound, _dpop.Now));
    }

    [Fact]
    public async Task A_key_of_the_gateway_with_a_proof_is_refused()
    {
        var key = KeyText.New();

        await _dpop.RefusedAsync(AuthenticationFault.UnboundWithProof, "DPoP " + key, _dpop.Client.Prove(key, _dpop.Now));
    }

    [Fact]
    public async Task A_proof_without_a_token_does_not_pass_for_an_anonymous_caller() => Assert.Same(
        AuthenticationFault.StrayProof,
        (await _dpop.SendAsync("", _dpop.Prove(), request => request.Headers.Remove("Authorization"))).Fault);

    [Fact]
    public async Task Where_nobody_can_tell_what_was_used_nothing_is_accepted()
    {
        for (var mark = 0; mark < Marks.Capacity; mark++)
        {
            await _dpop.Store.TryMarkAsync("test", mark.ToString(System.Globalization.CultureInfo.InvariantCulture), DateTimeOffset.MaxValue, default);
        }

        var fault = (await _dpop.SendAsync(_dpop.Prove())).Fault!;

        Assert.Equal((503, "replays_unknown"), (fault.StatusCode, fault.Reason));
    }

    [Theory]
    [InlineData("""{"jwe":"x"}""")]
    [InlineData("""{"jkt":"THUMBPRINT","jwe":"x"}""")]
    [InlineData("""{"jwk":{}}""")]
    [InlineData("""{"kid":"x"}""")]
    [InlineData("""{"jkt":"x"}""")]
    [InlineData("""{"jkt":1}""")]
    [InlineData("{}")]
    [InlineData("\"x\"")]
    [InlineData("null")]
    public async Task A_binding_that_cannot_be_checked_makes_no_bearer_token(string confirmation)
    {
        using var cnf = JsonDocument.Parse(confirmation.Replace("THUMBPRINT", _dpop.Client.Thumbprint, StringComparison.Ordinal));
        var token = _dpop.Issue(("cnf", cnf.RootElement));

        await _dpop.RefusedAsync(AuthenticationFault.SenderConstrained, "Bearer " + token, null);
        await _dpop.RefusedAsync(AuthenticationFault.SenderConstrained, "DPoP " + token, _dpop.Client.Prove(token, _dpop.Now));
    }

    [Fact]
    public async Task Nothing_of_a_token_or_a_proof_is_logged()
    {
        var proof = _dpop.Prove(claims: [("jti", "very-secret-id"), ("htm", "GET")]);
        await _dpop.RefusedAsync(AuthenticationFault.ProofMethod, proof);

        Assert.Contains("PossessionNotProven: A sender did not prove to hold the key of an access token: proof_method.", _dpop.Host.Log.Text, StringComparison.Ordinal);
        foreach (var secret in new[] { "very-secret-id", proof.Split('.')[1], proof.Split('.')[2], _dpop.Token.Split('.')[1], _dpop.Client.Thumbprint })
        {
            Assert.DoesNotContain(secret, _dpop.Host.Log.Text, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _dpop.Dispose();
}
