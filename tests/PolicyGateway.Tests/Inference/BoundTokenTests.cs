using System.Net;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Inference;

/// <summary>A category that asks for a bound token, over real HTTP.</summary>
public sealed class BoundTokenTests : IAsyncLifetime, IDisposable
{
    private readonly TheGateway _gateway = new();
    private readonly TestKey _issuer = new("k1");
    private readonly DpopClient _client = new();

    public async Task InitializeAsync()
    {
        _gateway.PolicyText = """
            {
              "name": "bound", "anonymous": "allow",
              "categories": {
                "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"], "sender_constrained": true } },
                "other": { "head": "flagged", "fallback": true, "requires": { "tier": "professional", "any_of": [] } }
              }
            }
            """;
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", IdentityHost.Trusting(_issuer)))
        {
            _gateway.Settings[key] = value;
        }

        await _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose()
    {
        _issuer.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task A_professional_with_a_bearer_token_is_asked_for_a_bound_one_before_the_backend_hears_of_it()
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), _gateway.Professional);

        Assert.Equal((HttpStatusCode.Unauthorized, "bound_token_required"), (answer.Status, answer.Code));
        Assert.StartsWith("DPoP error=\"invalid_token\"", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Contains("algs=\"ES256 PS256 RS256\"", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Empty(_gateway.Backend.Received);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.SendAsync(TheGateway.Ask("hello"), _gateway.Professional)).Status);
    }

    [Fact]
    public async Task A_client_that_follows_the_challenges_gets_its_answer_and_the_backend_sees_neither_token_nor_proof()
    {
        var token = Bound();

        // Just started, so the proof may have been used before: the gateway asks for one with its nonce.
        var first = await SendAsync(token, _client.Prove(token, DateTimeOffset.UtcNow));
        Assert.Equal((HttpStatusCode.Unauthorized, "use_dpop_nonce"), (first.Status, first.Code));
        Assert.StartsWith("DPoP error=\"use_dpop_nonce\"", first.Headers["WWW-Authenticate"], StringComparison.Ordinal);

        var proof = _client.Prove(token, DateTimeOffset.UtcNow, claims: [("nonce", first.Headers["DPoP-Nonce"])]);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(token, proof)).Status);
        var sent = Assert.Single(_gateway.Backend.Received);
        Assert.DoesNotContain(sent.Headers, header => header.Key.Equals("DPoP", StringComparison.OrdinalIgnoreCase) || header.Value.Contains(token, StringComparison.Ordinal));

        var replayed = await SendAsync(token, proof);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_dpop_proof"), (replayed.Status, replayed.Code));
        Assert.Single(_gateway.Backend.Received);
    }

    [Fact]
    public async Task A_stolen_bound_token_opens_nothing_and_is_not_anonymous()
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask("hello"), Bound());

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_token"), (answer.Status, answer.Code));
        Assert.Empty(_gateway.Backend.Received);
    }

    [Theory]
    [InlineData("https://gateway.example/admin/requests", "use_dpop_nonce")] // of this address all but the path is the public one
    [InlineData("http://localhost/admin/requests", "invalid_dpop_proof")]
    public async Task A_proof_is_for_the_public_address_on_the_management_address_too_and_who_errs_is_told_so(string address, string code)
    {
        var token = Bound();
        using var management = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = _gateway.Management };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/requests");
        request.Headers.TryAddWithoutValidation("Authorization", "DPoP " + token);
        request.Headers.TryAddWithoutValidation("DPoP", _client.Prove(token, DateTimeOffset.UtcNow, claims: [("htm", "GET"), ("htu", address)]));

        using var response = await management.SendAsync(request);
        var problem = await response.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains($"/problems/{code}", problem, StringComparison.Ordinal);
        Assert.Equal(code == "invalid_dpop_proof", problem.Contains("its htu is this gateway", StringComparison.Ordinal));
    }

    private string Bound()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return _issuer.Sign(new
        {
            iss = "https://issuer.example",
            aud = IdentityHost.Audience,
            sub = "ada",
            iat = now,
            exp = now + 600,
            tier = "professional",
            credentials = new[] { "security-professional" },
            cnf = _client.Confirmation,
        });
    }

    private Task<Answer> SendAsync(string token, string proof) => _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), change: request =>
    {
        request.Headers.TryAddWithoutValidation("Authorization", "DPoP " + token);
        request.Headers.TryAddWithoutValidation("DPoP", proof);
    });
}
