using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;

namespace PolicyGateway.Tests.Identity;

/// <summary>What identity proofing adds to a caller, and what acting for somebody takes from one.</summary>
public sealed class EvidenceTests
{
    private static readonly DateTimeOffset Now = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"2031-01-01T00:00:00Z"},"claims":{}}""", "verified")]
    [InlineData("""[{"verification":{"trust_framework":"other"},"claims":{}},{"verification":{"trust_framework":"eidas","time":"2031-01-01T00:00Z"},"claims":{"name":"x"}}]""", "verified")]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"2031-05-01T12:00:30Z"},"claims":{}}""", "verified")] // two clocks
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"2031-05-01T12:02:00Z"},"claims":{}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"2020-01-01T00:00:00Z"},"claims":{}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"yesterday"},"claims":{}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":1925000000},"claims":{}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"eidas"},"claims":{}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"2031-01-01T00:00:00Z"}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"eidas","time":"2031-01-01T00:00:00Z"},"claims":null}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":"EIDAS","time":"2031-01-01T00:00:00Z"},"claims":{}}""", "registered")]
    [InlineData("""{"verification":{"trust_framework":["eidas"],"time":"2031-01-01T00:00:00Z"},"claims":{}}""", "registered")]
    [InlineData("""{"verification":"eidas","claims":{}}""", "registered")]
    [InlineData("\"eidas\"", "registered")]
    [InlineData("null", "registered")]
    [InlineData("[[[]]]", "registered")]
    [InlineData("{}", "registered")]
    public void A_verified_identity_proves_a_tier_where_framework_and_time_say_so(string verified, string tier) =>
        Assert.Equal(tier, Map($$"""{"tier":"registered","verified_claims":{{verified}}}""").Tier.Name);

    [Theory]
    [InlineData("ial2", """{"birthdate":"2000-01-01"}""", "verified")]
    [InlineData("ial1", """{"birthdate":"2000-01-01"}""", "registered")]
    [InlineData("ial2", """{"birthdate":null}""", "registered")]
    [InlineData("ial2", """{"name":"x"}""", "registered")]
    [InlineData("ial2", """{"birthdate":""}""", "registered")]
    [InlineData("ial2", """{"birthdate":" "}""", "registered")]
    [InlineData("ial2", """{"birthdate":[]}""", "registered")]
    [InlineData("ial2", """{"birthdate":{}}""", "registered")]
    public void A_rule_may_ask_for_a_level_and_for_claims(string level, string claims, string tier) => Assert.Equal(tier, Map(
        $$$"""{"tier":"registered","verified_claims":{"verification":{"trust_framework":"eidas","assurance_level":"{{{level}}}","time":"2031-01-01T00:00:00Z"},"claims":{{{claims}}}}}""",
        issuer => (issuer.VerifiedClaims[0].AssuranceLevel, issuer.VerifiedClaims[0].RequiredClaims) = ("ial2", ["birthdate"])).Tier.Name);

    [Theory]
    [InlineData("registered", "registered")]
    [InlineData("professional", "verified")]
    public void Proofing_raises_no_higher_than_the_issuer_may(string most, string tier) => Assert.Equal(tier, Map(
        """{"verified_claims":{"verification":{"trust_framework":"eidas","time":"2031-01-01T00:00:00Z"},"claims":{}}}""", issuer => issuer.MaxTier = most).Tier.Name);

    [Fact]
    public void Proofing_lowers_nobody() => Assert.Equal("professional", Map(
        """{"tier":"professional","verified_claims":{"verification":{"trust_framework":"eidas","time":"2031-01-01T00:00:00Z"},"claims":{}}}""").Tier.Name);

    [Theory]
    [InlineData("""{"sub":"front-end"}""", "verified")]
    [InlineData("""{"sub":"front-end","act":{"sub":"scheduler"}}""", "verified")]
    [InlineData("""{"sub":"front-end","iss":"https://issuer.example"}""", "verified")]
    [InlineData("""{"sub":"front-end","iss":"https://other.example"}""", "public")]
    [InlineData("""{"sub":"front-end","iss":null}""", "public")]
    [InlineData("""{"sub":"front-end","iss":["https://issuer.example"]}""", "public")]
    [InlineData("""{"sub":"front-end","act":{"sub":"scheduler","iss":"https://other.example"}}""", "public")]
    [InlineData("""{"sub":"agent"}""", "public")]
    [InlineData("""{"sub":"front-end","act":{"sub":"agent"}}""", "public")]
    [InlineData("""{"sub":"agent","act":{"sub":"front-end"}}""", "public")]
    [InlineData("""{"sub":""}""", "public")]
    [InlineData("""{"sub":["front-end"]}""", "public")]
    [InlineData("""{"sub":"front-end","act":null}""", "public")]
    [InlineData("""{"client_id":"front-end"}""", "public")]
    [InlineData("null", "public")]
    [InlineData("\"front-end\"", "public")]
    [InlineData("[]", "public")]
    public void Who_acts_for_somebody_has_no_more_than_is_trusted_to_him(string act, string tier)
    {
        var caller = Map($$"""{"tier":"verified","credentials":["security-professional"],"roles":["approver"],"act":{{act}}}""");

        Assert.Equal(tier, caller.Tier.Name);
        Assert.Equal(tier == "verified", caller.Credentials.Length == 1 && caller.Roles.Length == 1 && !caller.IsDelegated);
        Assert.Equal("ada", caller.Subject);
        Assert.True(tier == "verified" || caller.IsDelegated);
    }

    [Theory]
    [InlineData("""{"amr":["pwd","fido"]}""", true)]
    [InlineData("""{"amr":"hwk"}""", true)]
    [InlineData("""{"acr":"1","amr":["fido","mfa"]}""", true)]
    [InlineData("""{"acr":"phr","amr":["pwd"]}""", true)]
    [InlineData("""{"acr":"phr"}""", true)]
    [InlineData("""{"amr":["pwd","otp","mfa"]}""", false)]
    [InlineData("""{"amr":["FIDO","fido ","hwk fido"]}""", false)]
    [InlineData("""{"amr":"pwd fido"}""", false)]
    [InlineData("""{"amr":{"fido":true}}""", false)]
    [InlineData("""{"amr":[{"fido":"fido"},7,null,true]}""", false)]
    [InlineData("""{"amr":[]}""", false)]
    [InlineData("""{"acr":"1"}""", false)]
    public void The_methods_of_a_login_count_as_what_the_issuers_entry_says_and_else_as_nothing(string payload, bool isStrong)
    {
        static void Listed(IssuerOptions issuer) => issuer.Amr = new() { ["fido"] = "phr", ["hwk"] = "phr", ["7"] = "phr" };

        Assert.Equal(isStrong, Map(payload, Listed).HasLoggedInBy(["phr", "phrh"]));
        Assert.False(Map(payload, Listed).HasLoggedInBy(["phrh"]));
        Assert.Equal(payload.Contains("\"phr\"", StringComparison.Ordinal), Map(payload).HasLoggedInBy(["phr"]));
    }

    [Fact]
    public void The_tokens_own_acr_is_never_lowered_by_its_methods_and_another_claim_may_hold_them()
    {
        var caller = Map("""{"acr":"phrh","login":{"how":["fido","pin"]}}""", static issuer => (issuer.AmrClaim, issuer.Amr) = ("login.how", new() { ["fido"] = "phr", ["pin"] = "pin" }));

        Assert.Equal(("phrh", "phr pin"), (caller.Acr, string.Join(' ', caller.AcrsOfMethods)));
        Assert.True(caller.HasLoggedInBy(["phrh"]) && caller.HasLoggedInBy(["phr"]));
        Assert.False(caller.Revoked(TierLadder.Default).HasLoggedInBy(["phr", "phrh"]));
    }

    [Fact]
    public void A_chain_without_end_is_trusted_with_nothing()
    {
        var act = Enumerable.Range(0, 20).Aggregate("""{"sub":"front-end"}""", (inner, _) => $$"""{"sub":"front-end","act":{{inner}}}""");

        Assert.Equal("public", Map($$"""{"tier":"verified","act":{{act}}}""").Tier.Name);
    }

    private static Caller Map(string payload, Action<IssuerOptions>? change = null)
    {
        var issuer = new IssuerOptions
        {
            Name = "issuer",
            Issuer = "https://issuer.example",
            TierClaim = "tier",
            MaxTier = "professional",
            CredentialsClaim = "credentials",
            AllowedCredentials = ["security-professional"],
            RolesClaim = "roles",
            Roles = new() { ["approver"] = ["approver"] },
            VerifiedClaims = [new AssuranceOptions { TrustFramework = "eidas", Tier = "verified" }],
            TrustedActors = ["front-end", "scheduler"],
        };
        change?.Invoke(issuer);
        using var document = JsonDocument.Parse("{\"sub\":\"ada\"," + payload[1..]);
        return new CallerMapping(issuer, TierLadder.Default, NullLogger<CallerMapping>.Instance, new FakeTimeProvider(Now)).Map(document.RootElement)!;
    }
}
