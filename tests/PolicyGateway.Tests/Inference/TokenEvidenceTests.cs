using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using PolicyGateway.Demo;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Inference;

/// <summary>What a token says beside tier and credentials, over real HTTP: who acts, and how its subject logged in.</summary>
public sealed class TokenEvidenceTests : IAsyncLifetime, IDisposable
{
    private readonly TheGateway _gateway = new();
    private readonly TestKey _issuer = new("k1");

    public Task InitializeAsync()
    {
        _gateway.PolicyText = """
            {
              "name": "evidence", "anonymous": "allow",
              "categories": {
                "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"], "acr_values": ["phr"] } },
                "other": { "head": "flagged", "fallback": true }
              }
            }
            """;
        var issuer = IdentityHost.Trusting(_issuer);
        issuer.TrustedActors = ["front-end"];
        foreach (var (key, value) in DemoConfiguration.Flatten("Identity:Issuers:1", issuer))
        {
            _gateway.Settings[key] = value;
        }

        _gateway.Settings["Identity:Issuers:1:Amr:fido"] = "phr";
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose() => _issuer.Dispose();

    [Theory]
    [InlineData("front-end", HttpStatusCode.OK, "")]
    [InlineData("stranger", HttpStatusCode.Forbidden, "actor_not_trusted")]
    public async Task Who_asks_through_somebody_who_is_not_trusted_is_told_that_and_no_way_to_get_verified(string actor, HttpStatusCode status, string code)
    {
        var answer = await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), Token(("acr", "phr"), ("act", new { sub = actor })));

        Assert.Equal(status, answer.Status);
        if (status != HttpStatusCode.OK)
        {
            Assert.Equal(code, answer.Code);
            Assert.Contains("(act)", answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.False(answer.Error.TryGetProperty("verification_uri", out _));
        }
    }

    [Theory]
    [InlineData("fido", HttpStatusCode.OK, "[\"phr\"]")]
    [InlineData("pwd", HttpStatusCode.Unauthorized, "[]")]
    public async Task A_method_of_the_login_that_the_issuers_entry_lists_opens_what_asks_for_such_a_login(string method, HttpStatusCode status, string acrs)
    {
        var token = Token(("acr", "1"), ("amr", new[] { "mfa", method }));

        Assert.Equal(status, (await _gateway.SendAsync(TheGateway.Ask(KeywordClassifier.Cyber), token)).Status);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/access/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _gateway.Client.SendAsync(request);
        using var me = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(("1", acrs), (me.RootElement.GetProperty("acr").GetString(), me.RootElement.GetProperty("acrs_of_methods").GetRawText()));
    }

    private string Token(params (string Name, object? Value)[] more)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = "https://issuer.example",
            ["aud"] = IdentityHost.Audience,
            ["sub"] = "ada",
            ["iat"] = now,
            ["exp"] = now + 600,
            ["tier"] = "verified",
            ["credentials"] = new[] { "security-professional" },
        };
        foreach (var (name, value) in more)
        {
            claims[name] = value;
        }

        return _issuer.Sign(claims);
    }
}
