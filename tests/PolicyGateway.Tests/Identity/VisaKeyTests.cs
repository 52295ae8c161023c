using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Identity;

/// <summary>Where a visa's keys come from, how long a passport is remembered, and what takes it back.</summary>
public sealed class VisaKeyTests : IAsyncLifetime, IDisposable
{
    private readonly TestKey _key = new("v1");
    private DiscoveryServer _server = null!;

    public async Task InitializeAsync() => _server = await DiscoveryServer.StartAsync(_key);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keys_come_from_the_configured_set_or_from_discovery(bool direct)
    {
        using var passports = Fetching(direct);

        Assert.Single((await ReadAsync(passports, Visa(passports))).Credentials);
        Assert.Equal(1, _server.KeyFetches);
    }

    [Fact]
    public async Task An_issuer_of_tokens_may_have_a_key_set_without_discovery_and_its_keys_age_all_the_same()
    {
        using var host = new IdentityHost(options =>
        {
            var issuer = IdentityHost.Trusting(_key);
            (issuer.Keys, issuer.JwksUri) = ([], new Uri(_server.Address + "/keys"));
            options.Issuers.Add(issuer);
        });

        Assert.Equal("ada", (await host.ReadAsync(_key.Sign(host.Claims()))).Caller!.Subject);
        _server.Down = true;
        host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("keys_unavailable", (await host.ReadAsync(_key.Sign(host.Claims()))).Fault!.Reason);
    }

    [Fact]
    public async Task A_visa_that_names_other_keys_proves_nothing_and_fetches_nothing_from_anywhere()
    {
        await using var thief = await DiscoveryServer.StartAsync(_key);
        using var passports = Fetching();

        foreach (var jku in new object[] { thief.Address + "/keys", _server.Address + "/keys/", _server.Address + "/keys?x", new[] { _server.Address + "/keys" }, "" })
        {
            Assert.Empty((await passports.ReadAsync(Visa(passports, new { alg = "ES256", typ = "JWT", kid = "v1", jku }))).Credentials);
        }

        Assert.Equal((0, 0), (thief.KeyFetches, _server.KeyFetches));
        Assert.Single((await ReadAsync(passports, Visa(passports, new { alg = "ES256", typ = "JWT", kid = "v1", jku = _server.Address + "/keys" }))).Credentials);
    }

    [Fact]
    public async Task A_visa_of_no_accepted_algorithm_an_unknown_issuer_or_an_ended_one_causes_no_fetch()
    {
        using var passports = Fetching();

        Assert.Empty((await passports.ReadAsync(
            Visa(passports, new { alg = "none", typ = "JWT", kid = "v1" }),
            Visa(passports, change: claims => claims["iss"] = "https://elsewhere.example"),
            Visa(passports, change: claims => claims["exp"] = passports.Now))).Credentials);
        Assert.Equal(0, _server.KeyFetches);
    }

    [Fact]
    public async Task A_remembered_token_has_its_credential_no_longer_than_the_first_visa_that_it_rests_on()
    {
        using var passports = Fetching();
        var token = Token(passports, Visa(passports, change: claims => claims["exp"] = passports.Now + 15));

        Assert.Single((await passports.Host.ReadAsync(token)).Caller!.Credentials);
        passports.Host.Clock.Advance(TimeSpan.FromSeconds(14));
        Assert.Single((await passports.Host.ReadAsync(token)).Caller!.Credentials);
        passports.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty((await passports.Host.ReadAsync(token)).Caller!.Credentials);
    }

    [Fact]
    public async Task A_remembered_token_counts_only_with_the_very_keys_that_verified_its_visas()
    {
        using var other = new TestKey("v2");
        using var passports = Fetching(configure: options => options.KeyRefreshInterval = TimeSpan.FromSeconds(10));
        var token = Token(passports, Visa(passports));
        Assert.Single((await passports.Host.ReadAsync(token)).Caller!.Credentials);

        // The token is remembered for a minute; the keys are asked for after ten seconds, beside the request.
        _server.Publish(other);
        passports.Host.Clock.Advance(TimeSpan.FromSeconds(11));
        var held = 1;
        for (var tries = 0; held > 0 && tries < 500; tries++)
        {
            held = (await passports.Host.ReadAsync(token)).Caller!.Credentials.Length;
            await Task.Delay(20);
        }

        Assert.Equal(0, held);
    }

    [Fact]
    public async Task An_issuer_that_cannot_be_reached_takes_its_visas_with_it_for_ten_seconds_and_the_token_stands()
    {
        _server.Down = true;
        using var passports = Fetching();
        var token = Token(passports, Visa(passports));

        Assert.Equal(("verified", 0), await Told());
        _server.Down = false;
        passports.Host.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(("verified", 0), await Told());
        passports.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("verified", 1), await Told());

        async Task<(string, int)> Told() => (await passports.Host.ReadAsync(token)).Caller is { } caller ? (caller.Tier.Name, caller.Credentials.Length) : ("", -1);
    }

    [Theory]
    [InlineData(Passports.Visas, null, false)]
    [InlineData(Passports.Visas, "ada", false)]
    [InlineData(Passports.Broker, "ada", false)]
    [InlineData(Passports.Broker, null, false)]
    [InlineData(Passports.Broker, "eve", true)]
    [InlineData("https://elsewhere.example", null, true)]
    public async Task An_operator_revokes_it_by_the_visas_issuer_or_by_the_tokens(string issuer, string? subject, bool counts)
    {
        using var passports = new Passports();
        var revocations = passports.Host.Services.GetRequiredService<Revocations>();
        await revocations.RevokeAsync(Revoked(RevocationTarget.Credential, issuer, subject, "life-sciences"), CancellationToken.None);

        Assert.Equal(counts, (await passports.ReadAsync(passports.Visa(), passports.Link())).Credentials.Length == 1);
    }

    [Fact]
    public async Task An_issuer_of_visas_that_is_revoked_takes_its_credentials_with_it_and_no_person()
    {
        using var passports = new Passports();
        var revocations = passports.Host.Services.GetRequiredService<Revocations>();
        await revocations.RevokeAsync(Revoked(RevocationTarget.Issuer, Passports.Visas, null, null), CancellationToken.None);

        var caller = await passports.ReadAsync(passports.Visa(), passports.Link());

        Assert.Equal(("verified", 0), (caller.Tier.Name, caller.Credentials.Length));
    }

    private static RevocationEntry Revoked(RevocationTarget target, string issuer, string? subject, string? name) => new()
    {
        Id = "rev_1",
        Target = target,
        Issuer = issuer,
        Subject = subject,
        Name = name,
        At = DateTimeOffset.UnixEpoch,
        By = "tests",
        Reason = "tests",
    };

    private string Visa(Passports passports, object? header = null, Action<Dictionary<string, object?>>? change = null) =>
        passports.Visa(null, change, _key, header);

    private string Token(Passports passports, string visa) => passports.Token(visa, passports.Link(key: _key));

    private Task<Caller> ReadAsync(Passports passports, string visa) => passports.ReadAsync(visa, passports.Link(key: _key));

    private Passports Fetching(bool direct = true, Action<IdentityOptions>? configure = null)
    {
        _server.Issuer = Passports.Visas;
        return new Passports(
            options =>
            {
                var issuer = options.TrustedVisaIssuers[1];
                issuer.Keys = [];
                (issuer.JwksUri, issuer.MetadataAddress) = direct
                    ? (new Uri(_server.Address + "/keys"), null)
                    : ((Uri?)null, new Uri(_server.Address + "/.well-known/openid-configuration"));
            },
            configure);
    }
}
