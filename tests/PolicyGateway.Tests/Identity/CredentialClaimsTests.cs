using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;

namespace PolicyGateway.Tests.Identity;

/// <summary>What a token says of a credential beside its name, and what comes of it where that cannot be read.</summary>
public sealed class CredentialClaimsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(2_000_000_000);

    [Fact]
    public void A_credential_says_who_proved_it_when_how_and_how_surely()
    {
        var held = Assert.Single(Map("""{"credentials":[{"name":"a","exp":2000000100,"time":1999999000,"method":"in_person","assurance":"high"}]}""").Credentials);

        Assert.Equal(
            new Credential("a", "https://issuer.example", Now.AddSeconds(100)) { ProvedAt = Now.AddSeconds(-1000), Method = "in_person", Assurance = "high" }, held);
    }

    [Theory]
    [InlineData("""{"name":"a"}""", null)]
    [InlineData("""{"name":"a","iat":1999999000}""", -1000)]
    [InlineData("""{"name":"a","time":1999999000}""", -1000)]
    [InlineData("""{"name":"a","iat":1999999900,"time":1999999000}""", -1000)]
    [InlineData("""{"name":"a","iat":1999999000,"time":1999999900}""", -1000)]
    [InlineData("""{"name":"a","time":null}""", null)]
    public void Of_two_times_the_older_counts_and_none_stays_none(string credential, int? seconds) =>
        Assert.Equal(seconds is { } age ? Now.AddSeconds(age) : null, Assert.Single(Map($$"""{"credentials":[{{credential}}]}""").Credentials).ProvedAt);

    [Theory]
    [InlineData("\"time\":\"2031-01-01T00:00:00Z\"")]
    [InlineData("\"time\":-1")]
    [InlineData("\"time\":1e300")]
    [InlineData("\"time\":[1999999000]")]
    [InlineData("\"iat\":\"1999999000\"")]
    [InlineData("\"iat\":\"x\",\"time\":1999999000")]
    [InlineData("\"nbf\":true")]
    [InlineData("\"method\":7")]
    [InlineData("\"method\":\"\"")]
    [InlineData("\"method\":\"a\\nb\"")]
    [InlineData("\"assurance\":[\"high\"]")]
    [InlineData("\"assurance\":{\"level\":\"high\"}")]
    [InlineData("\"exp\":{}")]
    public void A_member_that_cannot_be_read_leaves_the_credential_out_and_no_other(string member) => Assert.Equal(
        "b", Assert.Single(Map($$"""{"credentials":[{"name":"a",{{member}}},{"name":"b"}]}""").Credentials).Name);

    [Fact]
    public void A_word_without_end_leaves_the_credential_out() =>
        Assert.Empty(Map($$"""{"credentials":[{"name":"a","assurance":"{{new string('h', 1 << 20)}}"}]}""").Credentials);

    [Theory]
    [InlineData("\"time\":2000000060", true)]
    [InlineData("\"time\":2000000061", false)]
    [InlineData("\"time\":2000000600", false)] // ten minutes fast
    [InlineData("\"iat\":1999999000,\"time\":2000000600", true)]
    [InlineData("\"nbf\":2000000060", true)]
    [InlineData("\"nbf\":2000000600", false)]
    [InlineData("\"exp\":2000000000", false)]
    [InlineData("\"exp\":2000000001", true)]
    public void What_is_over_or_has_not_begun_is_not_in_force(string member, bool counts) =>
        Assert.Equal(counts, Assert.Single(Map($$"""{"credentials":[{"name":"a",{{member}}}]}""").Credentials).IsInForce(Now));

    [Fact]
    public void A_verified_identity_proves_a_credential_with_time_framework_and_level_for_as_long_as_it_counts()
    {
        var held = Assert.Single(Map(
            """{"verified_claims":{"verification":{"trust_framework":"eidas","assurance_level":"high","time":"2033-05-01T00:00:00Z"},"claims":{}}}""").Credentials);

        var proved = new DateTimeOffset(2033, 5, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(
            new Credential("identified", "https://issuer.example", proved.AddDays(730)) { ProvedAt = proved, Method = "eidas", Assurance = "high" }, held);
    }

    [Theory]
    [InlineData("""{"trust_framework":"eidas"}""")]
    [InlineData("""{"trust_framework":"eidas","time":"2020-05-01T00:00:00Z"}""")]
    [InlineData("""{"trust_framework":"eidas","time":"2034-05-01T00:00:00Z"}""")]
    [InlineData("""{"trust_framework":"other","time":"2033-05-01T00:00:00Z"}""")]
    [InlineData("\"eidas\"")]
    public void A_verification_that_is_old_undated_or_of_others_proves_no_credential(string verification) => Assert.Empty(
        Map($$$$"""{"verified_claims":{"verification":{{{{verification}}}},"claims":{}}}""").Credentials);

    [Fact]
    public void A_rule_for_a_credential_alone_raises_no_tier() => Assert.Equal("public", Map(
        """{"verified_claims":{"verification":{"trust_framework":"eidas","time":"2033-05-01T00:00:00Z"},"claims":{}}}""").Tier.Name);

    [Fact]
    public void A_rule_that_proves_nothing_is_a_fault()
    {
        var faults = new List<string>();
        new IssuerCheck(new IssuerOptions { VerifiedClaims = [new AssuranceOptions { TrustFramework = "eidas" }] }, "Identity:Issuers:0", faults).Run(TierLadder.Default, false);

        Assert.Contains(faults, fault => fault.StartsWith("Identity:Issuers:0:VerifiedClaims:0:Tier:", StringComparison.Ordinal));
        Assert.DoesNotContain(faults, fault => fault.Contains("MaxTier", StringComparison.Ordinal));
    }

    private static Caller Map(string payload)
    {
        var issuer = new IssuerOptions
        {
            Name = "issuer",
            Issuer = "https://issuer.example",
            CredentialsClaim = "credentials",
            AllowedCredentials = ["a", "b"],
            VerifiedClaims = [new AssuranceOptions { TrustFramework = "eidas", Credential = "identified" }],
        };
        using var document = JsonDocument.Parse("{\"sub\":\"ada\"," + payload[1..]);
        return new CallerMapping(issuer, TierLadder.Default, NullLogger<CallerMapping>.Instance, new FakeTimeProvider(Now)).Map(document.RootElement)!;
    }
}
