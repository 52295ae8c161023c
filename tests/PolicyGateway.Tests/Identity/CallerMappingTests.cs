using System.Text.Json;
using Microsoft.Extensions.Logging;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>What an issuer's claims make of a caller, and what they cannot.</summary>
public sealed class CallerMappingTests : IDisposable
{
    private readonly CapturedLog _log = new();
    private readonly LoggerFactory _loggers;

    public CallerMappingTests() => _loggers = new LoggerFactory([_log]);

    [Theory]
    [InlineData("tier", """{"tier":"verified"}""", "verified")]
    [InlineData("tier", """{"tier":["registered","verified"]}""", "verified")]
    [InlineData("realm_access.roles", """{"realm_access":{"roles":["verified","offline_access"]}}""", "verified")]
    [InlineData("/realm_access/roles/1", """{"realm_access":{"roles":["professional","verified"]}}""", "verified")]
    [InlineData("/https:~1~1example.org~1claims/tier", """{"https://example.org/claims":{"tier":"verified"}}""", "verified")]
    [InlineData("https://example.org/tier", """{"https://example.org/tier":"verified"}""", "verified")]
    [InlineData("memberships.level", """{"memberships":[{"level":"registered"},{"level":"verified"}]}""", "verified")]
    [InlineData("scope", """{"scope":"openid verified"}""", "verified")]
    [InlineData("tier", """{"tier":"openid verified"}""", "public")]
    [InlineData("tier", """{"tier":"Verified"}""", "public")]
    [InlineData("tier", """{"tier":"superuser"}""", "public")]
    [InlineData("tier", """{"tier":{"verified":true}}""", "public")]
    [InlineData("tier", """{"tier":true}""", "public")]
    [InlineData("tier", """{"tier":2}""", "public")]
    [InlineData("tier", """{"tier":null}""", "registered")]
    [InlineData("tier", """{"tier":[]}""", "registered")]
    [InlineData("tier", """{}""", "registered")]
    [InlineData("a.b.c", """{"a":"verified","b":{"c":"verified"}}""", "registered")]
    [InlineData("/tier/5", """{"tier":["verified"]}""", "registered")]
    public void The_tier_comes_from_the_configured_path(string path, string payload, string tier) =>
        Assert.Equal(tier, Map(payload, issuer => (issuer.TierClaim, issuer.DefaultTier) = (path, "registered")).Tier.Name);

    [Fact]
    public void An_unknown_tier_is_logged_without_its_value()
    {
        Map("""{"tier":"superuser"}""");

        Assert.Contains("UnknownTierClaim", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("superuser", _log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("professional", "verified")]
    [InlineData("verified", "verified")]
    [InlineData("registered", "registered")]
    public void An_issuer_asserts_no_more_than_its_highest_tier(string claimed, string tier) =>
        Assert.Equal(tier, Map($$"""{"tier":"{{claimed}}"}""", issuer => issuer.MaxTier = "verified").Tier.Name);

    [Fact]
    public void Claim_values_mean_the_tiers_that_configuration_says()
    {
        void Groups(IssuerOptions issuer)
        {
            issuer.TierClaim = "groups";
            issuer.Tiers = new() { ["professional"] = ["urn:example:pro", "sec-team"], ["registered"] = ["staff"] };
        }

        Assert.Equal("professional", Map("""{"groups":["staff","urn:example:pro"]}""", Groups).Tier.Name);
        Assert.Equal("registered", Map("""{"groups":["staff","professional"]}""", Groups).Tier.Name);
        Assert.Equal("public", Map("""{"groups":["verified"]}""", Groups).Tier.Name);
    }

    [Fact]
    public void Without_a_tier_claim_configured_the_token_raises_nothing() =>
        Assert.Equal("public", Map("""{"tier":"professional"}""", issuer => (issuer.TierClaim, issuer.MaxTier) = (null, null)).Tier.Name);

    [Theory]
    [InlineData("""{"credentials":["security-professional"]}""", true)]
    [InlineData("""{"credentials":"security-professional"}""", true)]
    [InlineData("""{"credentials":["urn:sec:pro"]}""", true)]
    [InlineData("""{"credentials":[{"name":"security-professional"}]}""", true)]
    [InlineData("""{"credentials":[{"name":"security-professional","exp":2000000001}]}""", true)]
    [InlineData("""{"credentials":[{"name":"security-professional","exp":1999999999}]}""", false)]
    [InlineData("""{"credentials":[{"name":"security-professional","exp":"2000000001"}]}""", false)]
    [InlineData("""{"credentials":["security-professional"],"until":2000000001}""", true)]
    [InlineData("""{"credentials":["security-professional"],"until":2000000000}""", false)]
    [InlineData("""{"credentials":["security-professional"],"until":"next year"}""", false)]
    [InlineData("""{"credentials":["security-professional"],"until":[2000000001,1]}""", false)]
    [InlineData("""{"credentials":["Security-Professional"]}""", false)]
    [InlineData("""{"credential":["security-professional"]}""", false)]
    [InlineData("""{"credentials":{"security-professional":true}}""", false)]
    [InlineData("""{}""", false)]
    public void A_credential_counts_as_configured_and_until_it_ends(string payload, bool held)
    {
        var caller = Map(payload, issuer =>
        {
            issuer.CredentialExpiryClaim = "until";
            issuer.Credentials = new() { ["security-professional"] = ["urn:sec:pro"] };
        });

        Assert.Equal(held, caller.Credentials.Any(credential => credential.Name == "security-professional" && credential.IsInForce(DateTimeOffset.FromUnixTimeSeconds(2_000_000_000))));
    }

    [Fact]
    public void A_credential_that_the_issuer_may_not_assert_is_ignored()
    {
        var caller = Map("""{"credentials":["life-sciences","security-professional"]}""");

        Assert.Equal(["security-professional"], caller.Credentials.Select(credential => credential.Name));
        Assert.Contains("ClaimNotAllowed", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("life-sciences", _log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"org":{"id":"acme"},"tenant":"evil"}""", "acme")]
    [InlineData("""{"tenant":"acme"}""", null)]
    [InlineData("""{"org":{"id":["acme","evil"]}}""", null)]
    [InlineData("""{"org":{"id":""}}""", null)]
    [InlineData("""{"org":{"id":"a\nb"}}""", null)]
    [InlineData("""{"org":{"id":"other"}}""", null)]
    public void The_tenant_comes_from_the_configured_path_only(string payload, string? tenant)
    {
        var caller = Map(payload, issuer => (issuer.TenantClaim, issuer.AllowedTenants) = ("org.id", ["acme", "evil"]));

        Assert.Equal(tenant, caller.Tenant);
    }

    [Theory]
    [InlineData(""" "1" """)]
    [InlineData("1e300")]
    [InlineData("-1")]
    [InlineData("{}")]
    public void A_login_time_that_cannot_be_read_is_none(string value) =>
        Assert.Null(Map($$"""{"auth_time":{{value}}}""").AuthTime);

    [Fact]
    public async Task A_claim_that_disappears_demotes_at_once()
    {
        using var key = new TestKey("k1");
        using var host = new IdentityHost(options => options.Issuers.Add(IdentityHost.Trusting(key)));

        var before = (await host.ReadAsync(key.Sign(host.Claims(changes: [("tier", "professional"), ("credentials", new[] { "security-professional" })])))).Caller!;
        var after = (await host.ReadAsync(key.Sign(host.Claims(changes: ("tier", null))))).Caller!;

        Assert.Equal(("professional", 1), (before.Tier.Name, before.Credentials.Length));
        Assert.Equal(("public", 0), (after.Tier.Name, after.Credentials.Length));
        Assert.Equal(before.Subject, after.Subject);
    }

    public void Dispose() => _loggers.Dispose();

    private Caller Map(string payload, Action<IssuerOptions>? change = null)
    {
        var issuer = new IssuerOptions
        {
            Name = "test",
            Issuer = "https://issuer.example",
            SubjectClaim = "sub",
            TierClaim = "tier",
            MaxTier = "professional",
            CredentialsClaim = "credentials",
            AllowedCredentials = ["security-professional"],
        };
        change?.Invoke(issuer);
        var text = payload == "{}" ? """{"sub":"ada"}""" : """{"sub":"ada",""" + payload[1..];
        using var document = JsonDocument.Parse(text);
        return new CallerMapping(issuer, TierLadder.Default, _loggers.CreateLogger<CallerMapping>()).Map(document.RootElement)!;
    }
}
