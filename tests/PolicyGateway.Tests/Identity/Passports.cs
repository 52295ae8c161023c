using PolicyGateway.Identity;
using PolicyGateway.Identity.Passports;

namespace PolicyGateway.Tests.Identity;

/// <summary>A passport's broker, an issuer of visas, and a gateway that trusts both; tests spoil one thing at a time.</summary>
internal sealed class Passports : IDisposable
{
    public const string Broker = "https://issuer.example";
    public const string Visas = "https://visas.example";
    public const string Hospital = "https://hospital.example";
    public const string Bona = "https://doi.org/10.1038/s41431-018-0219-y";

    public Passports(Action<PassportOptions>? change = null, Action<IdentityOptions>? configure = null) => Host = new IdentityHost(options =>
    {
        var broker = IdentityHost.Trusting(BrokerKey);
        broker.Passports = new PassportOptions
        {
            TrustedVisaIssuers = [Trusted(Broker, BrokerKey, Broker), Trusted(Visas, VisaKey, Hospital, Visas)],
            Visas = [new VisaRuleOptions { Type = "AffiliationAndRole", Values = ["faculty@hospital.example"], By = ["so", "system"], Credential = "life-sciences", Assurance = "affiliated" }],
            RegisteredAccessCredential = "researcher",
        };
        change?.Invoke(broker.Passports);
        options.Issuers.Add(broker);
        configure?.Invoke(options);
    });

    public TestKey BrokerKey { get; } = new("broker");

    public TestKey VisaKey { get; } = new("visas");

    public IdentityHost Host { get; }

    public long Now => Host.Clock.GetUtcNow().ToUnixTimeSeconds();

    public static VisaIssuerOptions Trusted(string issuer, TestKey key, params string[] sources) => new()
    {
        Name = issuer,
        Issuer = issuer,
        Keys = IdentityHost.Trusting(key).Keys,
        Sources = [.. sources],
        LinksIdentities = issuer == Visas,
    };

    /// <summary>What a visa of the hospital says of Ada at the broker, with changes; null takes a member out.</summary>
    public Dictionary<string, object?> Claims(Action<Dictionary<string, object?>>? change = null, Action<Dictionary<string, object?>>? visa = null)
    {
        var assertion = new Dictionary<string, object?>
        {
            ["type"] = "AffiliationAndRole",
            ["asserted"] = Now - 1000,
            ["value"] = "faculty@hospital.example",
            ["source"] = Hospital,
            ["by"] = "so",
        };
        visa?.Invoke(assertion);
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Visas,
            ["sub"] = "v-ada",
            ["iat"] = Now - 10,
            ["exp"] = Now + 300,
            ["ga4gh_visa_v1"] = assertion,
        };
        change?.Invoke(claims);
        return claims;
    }

    public string Visa(Action<Dictionary<string, object?>>? visa = null, Action<Dictionary<string, object?>>? change = null, TestKey? key = null, object? header = null) =>
        (key ?? VisaKey).Sign(Claims(change, visa), header ?? new { alg = "ES256", typ = "JWT", kid = (key ?? VisaKey).KeyId });

    /// <summary>Says that the visa issuer's v-ada is the broker's ada.</summary>
    public string Link(Action<Dictionary<string, object?>>? change = null, string value = "ada,https%3A%2F%2Fissuer.example", TestKey? key = null) => Visa(
        visa => (visa["type"], visa["value"], visa["source"], visa["by"]) = ("LinkedIdentities", value, Visas, "system"), change, key);

    public string Token(params object?[] visas) => BrokerKey.Sign(Host.Claims(Broker, ("ga4gh_passport_v1", visas)));

    public async Task<Caller> ReadAsync(params object?[] visas) => (await Host.ReadAsync(Token(visas))).Caller!;

    public void Dispose()
    {
        Host.Dispose();
        BrokerKey.Dispose();
        VisaKey.Dispose();
    }
}
