using System.Text.Json.Nodes;
using PolicyGateway.Demo;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;
using PolicyGateway.Identity.Passports;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Policy;

/// <summary>Who may say what the requirements ask for, of a running gateway with several issuers.</summary>
public sealed class RequirementsIssuersTests : IAsyncLifetime, IDisposable
{
    private const string Policy = """
        {
          "name": "issuers",
          "categories": {
            "adult": { "requires": { "tier": "registered", "any_of": [] } },
            "bio": { "requires": { "tier": "professional", "any_of": ["life-sciences", "clinician", "security-professional"] } },
            "cyber": { "requires": { "tier": "verified", "any_of": ["security-professional"] } },
            "fraud": { "requires": { "tier": "verified", "any_of": ["fraud-investigator"] } },
            "minors": {},
            "other": { "head": "flagged", "fallback": true }
          }
        }
        """;

    private readonly TheGateway _gateway = new() { PolicyText = Policy };
    private readonly TestKey _key = new("k1");

    public Task InitializeAsync()
    {
        var hospital = Of("hospital");
        (hospital.TierClaim, hospital.Tiers, hospital.MaxTier) = ("tier", new() { ["verified"] = ["staff"] }, "professional");
        (hospital.CredentialsClaim, hospital.Credentials) = ("roles", new() { ["clinician"] = ["doctor", "nurse"] });
        hospital.Passports = new PassportOptions
        {
            TrustedVisaIssuers = [Visas("consortium", "https://consortium.example"), Visas("other-visas", "https://elsewhere.example")],
            Visas = [new VisaRuleOptions { Type = "AffiliationAndRole", Values = ["faculty"], Sources = ["https://consortium.example"], Credential = "life-sciences" }],
        };
        var wallet = Of("wallet");
        (wallet.MaxTier, wallet.DefaultTier) = ("verified", "public");
        wallet.VerifiedClaims = [new AssuranceOptions { TrustFramework = "eidas", Tier = "professional", Credential = "security-professional" }];
        foreach (var (index, issuer) in new[] { hospital, wallet, Of("plain") }.Index())
        {
            foreach (var (key, value) in DemoConfiguration.Flatten($"Identity:Issuers:{index + 1}", issuer))
            {
                _gateway.Settings[key] = value;
            }
        }

        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("/requirements.json", "categories")]
    [InlineData("/.well-known/oauth-protected-resource", "policygateway_categories")]
    public async Task The_document_names_for_each_tier_and_each_credential_whose_word_counts(string path, string member)
    {
        var document = JsonNode.Parse(await _gateway.Client.GetStringAsync(new Uri(path, UriKind.Relative)))!;
        var categories = document[member]!.AsArray().ToDictionary(static one => (string)one!["category"]!, static one => one!);
        string Tier(string category) => Names(categories[category]["tier_issuers"]);
        string Credential(string category, string name) => Names(categories[category]["credential_issuers"]![name]);

        // The hospital may be believed up to professional, and has no claim that means it; the wallet proves more than it may.
        Assert.Equal(("development", "development,hospital,wallet", "development,hospital,wallet"), (Tier("bio"), Tier("cyber"), Tier("adult")));
        Assert.Equal("hospital", Credential("bio", "clinician"));
        Assert.Equal("consortium in https://hospital.example", Credential("bio", "life-sciences"));
        Assert.Equal("development,wallet", Credential("cyber", "security-professional"));
        Assert.Equal("", Credential("fraud", "fraud-investigator"));
        Assert.Equal("https://hospital.example", (string?)categories["bio"]["credential_issuers"]!["clinician"]![0]!["issuer"]);
        Assert.Null(categories["minors"]["tier_issuers"]);
        Assert.Null(categories["adult"]["credential_issuers"]);
    }

    [Fact]
    public async Task The_page_says_the_same_in_words()
    {
        var page = System.Net.WebUtility.HtmlDecode(await _gateway.Client.GetStringAsync(new Uri("/requirements", UriKind.Relative)));

        Assert.Contains("<dd>clinician, from hospital (https://hospital.example)</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dd>life-sciences, from consortium (https://consortium.example), by a visa in a token of https://hospital.example</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dd>fraud-investigator; no issuer that counts here asserts it</dd>", page, StringComparison.Ordinal);
    }

    private static string Names(JsonNode? issuers) => string.Join(',', issuers!.AsArray().Select(static one =>
        (string)one!["name"]! + (one["in_tokens_of"] is { } bearer ? " in " + (string)bearer! : "")).Order(StringComparer.Ordinal));

    private IssuerOptions Of(string name)
    {
        var trusting = IdentityHost.Trusting(_key, $"https://{name}.example");
        return new IssuerOptions { Name = name, Issuer = trusting.Issuer, Keys = trusting.Keys, Audiences = trusting.Audiences };
    }

    private VisaIssuerOptions Visas(string name, string source) =>
        new() { Name = name, Issuer = source, Keys = IdentityHost.Trusting(_key).Keys, Sources = [source] };
}
