using Microsoft.Extensions.Options;

namespace PolicyGateway.Tests.Identity;

public sealed class IdentityOptionsTests
{
    [Fact]
    public void A_configuration_file_is_read_as_documented()
    {
        using var host = new IdentityHost(json: """
            {
              "Identity": {
                "Tiers": ["guest", "member", "expert"],
                "ClockSkew": "00:00:10",
                "Issuers": [
                  {
                    "Name": "corporate",
                    "Issuer": "https://login.example/realms/main",
                    "Authority": "https://login.example/realms/main",
                    "Audiences": ["https://gateway.example"],
                    "Algorithms": ["RS256"],
                    "TierClaim": "realm_access.roles",
                    "Tiers": { "expert": ["urn:example:expert"], "member": ["staff"] },
                    "DefaultTier": "guest",
                    "MaxTier": "expert",
                    "CredentialsClaim": "credentials",
                    "Credentials": { "security-professional": ["urn:example:security"] }
                  }
                ]
              }
            }
            """);

        var issuer = Assert.Single(host.Options.Issuers);
        Assert.Equal(["guest", "member", "expert"], host.Options.Tiers);
        Assert.Equal(["urn:example:expert"], issuer.Tiers["expert"]);
        Assert.Equal("https://login.example/realms/main/.well-known/openid-configuration", issuer.DiscoveryAddress()!.AbsoluteUri);
    }

    [Fact]
    public void Defaults_are_valid_and_strict()
    {
        using var host = new IdentityHost();

        Assert.Equal(["public", "registered", "verified", "professional"], host.Options.TierNames());
        Assert.Equal(TimeSpan.FromSeconds(30), host.Options.ClockSkew);
        Assert.Empty(host.Options.Issuers);
    }

    [Fact]
    public void A_misspelt_key_is_named()
    {
        using var host = new IdentityHost(json: """{ "Identity": { "ClockSkeww": "00:00:10" } }""");

        Assert.Contains("ClockSkeww", Assert.Throws<OptionsValidationException>(() => host.Options).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Proofs_and_proxies_are_read_as_documented_and_every_fault_of_them_is_named()
    {
        using var good = new IdentityHost(json: """
            {
              "Identity": {
                "Dpop": { "RequireNonce": true, "ProofLifetime": "00:00:30", "NonceLifetime": "00:01:00", "Algorithms": ["ES256"] },
                "ClientCertificateHeader": "Client-Cert", "TrustedProxies": ["10.0.0.0/8", "::1"]
              }
            }
            """);
        Assert.True(good.Options.Dpop.RequireNonce);
        Assert.Equal(["ES256"], good.Options.Dpop.AcceptedAlgorithms());

        using var bad = new IdentityHost(options =>
        {
            options.Dpop.ProofLifetime = TimeSpan.FromHours(1);
            options.Dpop.NonceLifetime = TimeSpan.Zero;
            options.Dpop.Algorithms = ["HS256"];
            options.ClientCertificateHeader = "Authorization";
            options.TrustedProxies = ["0.0.0.0/0", "proxy"];
        });
        var faults = Assert.Throws<OptionsValidationException>(() => bad.Options).Failures.ToList();
        foreach (var key in new[] { "Dpop:ProofLifetime", "Dpop:NonceLifetime", "Dpop:Algorithms:0", "ClientCertificateHeader", "TrustedProxies:0", "TrustedProxies:1" })
        {
            Assert.Contains(faults, fault => fault.StartsWith($"Identity:{key}: ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Client-Cert", null)]
    [InlineData(null, "10.0.0.1")]
    public void A_certificate_header_and_those_who_may_set_it_go_together(string? header, string? proxy)
    {
        using var host = new IdentityHost(options =>
        {
            options.ClientCertificateHeader = header;
            options.TrustedProxies = proxy is null ? [] : [proxy];
        });

        Assert.Contains("go together", Assert.Throws<OptionsValidationException>(() => host.Options).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amr", "fido", "phr", null)]
    [InlineData("amr", "fido", "", "Amr:fido")]
    [InlineData("amr", "fido", "phr phrh", "Amr:fido")]
    [InlineData("", "fido", "phr", "AmrClaim")]
    [InlineData("login..how", "fido", "phr", "AmrClaim")]
    public void A_method_counts_as_one_acr_value_and_is_read_somewhere(string claim, string method, string acr, string? key)
    {
        using var signer = new TestKey("k1");
        using var host = new IdentityHost(options =>
        {
            var issuer = IdentityHost.Trusting(signer);
            (issuer.AmrClaim, issuer.Amr) = (claim, new() { [method] = acr });
            options.Issuers.Add(issuer);
        });

        var fault = Record.Exception(() => host.Options);

        Assert.Equal(key is null, fault is null);
        Assert.True(key is null || fault!.Message.Contains($"Identity:Issuers:0:{key}: ", StringComparison.Ordinal), fault?.Message);
    }

    [Fact]
    public void Every_fault_is_reported_at_once_and_names_its_key()
    {
        using var host = new IdentityHost(options =>
        {
            options.Tiers = ["public", "verified", "verified", "a b"];
            options.ClockSkew = TimeSpan.FromSeconds(61);
            options.TokenCacheLifetime = TimeSpan.FromMinutes(2);
            options.TokenCacheEntries = -1;
            options.KeyRefreshInterval = TimeSpan.FromSeconds(1);
            options.KeyMaximumAge = TimeSpan.FromDays(2);
            options.UnknownKeyRefreshInterval = TimeSpan.Zero;
            options.Issuers =
            [
                new() { Name = "a", Issuer = "https://a.example", Algorithms = ["ES256", "HS256", "none"], SubjectClaim = "" },
                new()
                {
                    Name = "a",
                    Issuer = "https://a.example",
                    Audiences = ["x"],
                    Authority = new Uri("http://a.example"),
                    Tiers = new() { ["superuser"] = ["x"], ["verified"] = [] },
                    MaxTier = "gold",
                    DefaultTier = "silver",
                    CredentialsClaim = "credentials..x",
                    AllowedTenants = ["t"],
                    Development = true,
                },
                new()
                {
                    Name = "c",
                    Issuer = "https://c.example",
                    Audiences = ["x"],
                    JwksFile = "missing.json",
                    Keys = [new() { Kty = "oct", K = "c2VjcmV0" }, new() { Kty = "RSA", N = "AQAB", E = "AQAB" }],
                    TierClaim = "tier",
                },
            ];
        });

        var faults = Assert.Throws<OptionsValidationException>(() => host.Options).Failures.ToList();

        string[] keys =
        [
            "Identity:Tiers:2", "Identity:Tiers:3", "Identity:ClockSkew", "Identity:TokenCacheLifetime", "Identity:TokenCacheEntries",
            "Identity:KeyRefreshInterval", "Identity:KeyMaximumAge", "Identity:UnknownKeyRefreshInterval",
            "Identity:Issuers:0:Audiences", "Identity:Issuers:0:Algorithms:1", "Identity:Issuers:0:Algorithms:2",
            "Identity:Issuers:0:SubjectClaim", "Identity:Issuers:0:Authority",
            "Identity:Issuers:1:Issuer", "Identity:Issuers:1:Name", "Identity:Issuers:1:Authority", "Identity:Issuers:1:Tiers:superuser",
            "Identity:Issuers:1:Tiers:verified", "Identity:Issuers:1:TierClaim", "Identity:Issuers:1:MaxTier", "Identity:Issuers:1:DefaultTier",
            "Identity:Issuers:1:CredentialsClaim", "Identity:Issuers:1:TenantClaim", "Identity:Issuers:1:Development",
            "Identity:Issuers:2:Authority", "Identity:Issuers:2:JwksFile", "Identity:Issuers:2:Keys:0", "Identity:Issuers:2:Keys:1", "Identity:Issuers:2:MaxTier",
        ];
        Assert.Equal(
            keys.Order(StringComparer.Ordinal),
            faults.Select(fault => fault[..fault.IndexOf(": ", StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    [InlineData("Development", true)]
    public void A_development_issuer_is_accepted_in_the_development_environment_only(string environment, bool accepted)
    {
        using var key = new TestKey("k");
        using var host = new IdentityHost(
            options =>
            {
                options.Issuers.Add(IdentityHost.Trusting(key));
                options.Issuers[0].Development = true;
            },
            environment);

        if (accepted)
        {
            Assert.True(host.Options.Issuers[0].Development);
        }
        else
        {
            Assert.Contains("Identity:Issuers:0:Development", Assert.Throws<OptionsValidationException>(() => host.Options).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000", true)]
    [InlineData("http://localhost:5000", true)]
    [InlineData("https://login.example", true)]
    [InlineData("http://login.example", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("login.example", false)]
    public void Keys_are_fetched_over_https_or_from_loopback(string authority, bool accepted)
    {
        using var host = new IdentityHost(options => options.Issuers.Add(new()
        {
            Name = "a",
            Issuer = "https://a.example",
            Audiences = ["x"],
            Authority = new Uri(authority, UriKind.RelativeOrAbsolute),
        }));

        var failure = Record.Exception(() => host.Options);

        Assert.Equal(accepted, failure is null);
        Assert.Equal(!accepted, failure?.Message.Contains("Identity:Issuers:0:Authority", StringComparison.Ordinal) ?? false);
    }
}
