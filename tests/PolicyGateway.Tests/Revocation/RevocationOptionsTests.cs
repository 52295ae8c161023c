using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Revocation;

public sealed class RevocationOptionsTests : IDisposable
{
    private readonly TestKey _key = new("k1");

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Nothing_is_needed() => Assert.Empty(FaultsOf(new { }));

    [Fact]
    public void Every_fault_is_named_at_once_with_its_key()
    {
        var faults = FaultsOf(new
        {
            KeepFor = "00:00:01",
            Transmitters = new object[]
            {
                new { },
                new
                {
                    Name = "a",
                    Issuer = "https://a.example",
                    Keys = new[] { _key.PublicJwk },
                    Audiences = new[] { "x" },
                    Algorithms = new[] { "HS256" },
                    SubjectIssuers = new[] { "https://nobody.example" },
                    PollAddress = "http://a.example/poll",
                    PollInterval = "00:10:00",
                    PollSecretEnvironment = "NO_SUCH_VARIABLE_HERE",
                    PushSecretFile = "/no/such/file",
                },
                new { Name = "a", Issuer = "https://a.example", Authority = "https://a.example", Audiences = new[] { "x" }, SubjectIssuers = new[] { RevocationHost.Issuer }, Push = true },
            },
        });

        string[] keys =
        [
            "KeepFor", "Transmitters:0:Name", "Transmitters:0:Issuer", "Transmitters:0:Audiences", "Transmitters:0:Authority", "Transmitters:0:SubjectIssuers",
            "Transmitters:0:Push:", "Transmitters:1:Algorithms:0", "Transmitters:1:SubjectIssuers", "Transmitters:1:PollAddress", "Transmitters:1:PollInterval",
            "Transmitters:1:PollSecretEnvironment names no", "Transmitters:1:PushSecretFile names a file", "Transmitters:1:PushSecretFile has no effect",
            "Transmitters:2:Name", "Transmitters:2:Issuer",
        ];
        Assert.All(keys, key => Assert.Contains(faults, fault => fault.StartsWith("Revocation:" + key, StringComparison.Ordinal)));
        Assert.Equal(keys.Length, faults.Count);
    }

    [Theory]
    [InlineData("89.00:00:00", true)]
    [InlineData("90.00:00:00", false)]
    public void A_revocation_is_not_forgotten_while_a_key_from_before_it_may_live(string keepFor, bool fault) =>
        Assert.Equal(fault, FaultsOf(new { KeepFor = keepFor }) is ["Revocation:KeepFor must not be shorter than Access:KeyDays: a key would count again when its revocation is forgotten."]);

    [Fact]
    public void A_setting_that_is_none_is_named() =>
        Assert.Contains(FaultsOf(new { Transmiters = new[] { new { } } }), static fault => fault.StartsWith("Revocation:Transmiters", StringComparison.Ordinal));

    [Fact]
    public void An_address_of_status_lists_that_is_not_fit_is_named()
    {
        using var host = new IdentityHost(options => options.Issuers.Add(Listing("https://a.example/lists", "http://a.example/lists", "lists")));

        var faults = Assert.Throws<OptionsValidationException>(() => host.Options).Failures.ToList();

        Assert.Equal(2, faults.Count);
        Assert.All(faults, (fault, index) => Assert.StartsWith($"Identity:Issuers:0:StatusListUris:{index + 1}", fault, StringComparison.Ordinal));
    }

    private IssuerOptions Listing(params string[] addresses)
    {
        var issuer = IdentityHost.Trusting(_key);
        issuer.StatusListUris = [.. addresses];
        return issuer;
    }

    private List<string> FaultsOf(object revocation)
    {
        using var host = new IdentityHost(json: JsonSerializer.Serialize(new
        {
            Identity = new { Issuers = new[] { new { Name = "i", RevocationHost.Issuer, Keys = new[] { _key.PublicJwk }, Audiences = new[] { "x" } } } },
            Revocation = revocation,
        }));
        try
        {
            _ = host.Services.GetRequiredService<IOptions<RevocationOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException exception)
        {
            return [.. exception.Failures];
        }
    }
}
