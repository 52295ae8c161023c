using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;
using PolicyGateway.Portal;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Portal;

/// <summary>What the provider's word on a logout must be for it to count: anything else ends nobody's login.</summary>
public sealed class BackChannelLogoutTests : IAsyncLifetime
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    private readonly PortalGateway _portal = new();
    private readonly TestKey _key = NewKey();
    private DiscoveryServer _provider = null!;
    private int _ids;

    public async Task InitializeAsync()
    {
        _provider = await DiscoveryServer.StartAsync(_key);
        var settings = _portal.Access.Gateway.Settings;
        const string issuer = "Identity:Issuers:1:";
        settings[issuer + "Name"] = "provider";
        settings[issuer + "Issuer"] = settings[issuer + "Authority"] = settings["Portal:Issuer"] = _provider.Address;
        settings[issuer + "Audiences:0"] = "gateway";
        settings[issuer + "Algorithms:0"] = "ES256";
        settings["Portal:ClientId"] = "pages";
        await _portal.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _provider.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task A_session_that_the_provider_names_is_ended_and_no_other()
    {
        var (first, second, other) = (await LoginAsync("ada", "s1"), await LoginAsync("ada", "s2"), await LoginAsync("eve", "s3"));

        Assert.Equal(HttpStatusCode.OK, await SendAsync(Claims(("sid", "s1"))));

        Assert.Equal((false, true, true), (await IsInAsync(first), await IsInAsync(second), await IsInAsync(other)));
    }

    [Fact]
    public async Task A_person_without_a_session_is_logged_out_everywhere()
    {
        var (first, second, other) = (await LoginAsync("ada", "s1"), await LoginAsync("ada", null), await LoginAsync("eve", "s3"));

        Assert.Equal(HttpStatusCode.OK, await SendAsync(Claims(("sid", null))));

        Assert.Equal((false, false, true), (await IsInAsync(first), await IsInAsync(second), await IsInAsync(other)));
    }

    [Theory]
    [InlineData("aud", "another-client")]
    [InlineData("aud", null)]
    [InlineData("iss", "https://other.example")]
    [InlineData("nonce", "n")]
    [InlineData("events", null)]
    [InlineData("events", "text")]
    [InlineData("jti", null)]
    [InlineData("iat", null)]
    [InlineData("iat", 1_000_000_000L)]
    [InlineData("iat", 4_000_000_000L)]
    [InlineData("exp", 1_000_000_000L)]
    [InlineData("exp", "soon")]
    public async Task A_logout_token_with_a_fault_ends_nothing(string name, object? value)
    {
        var session = await LoginAsync("ada", "s1");

        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(Claims((name, value))));

        Assert.True(await IsInAsync(session));
    }

    [Fact]
    public async Task An_id_token_a_stranger_s_key_and_a_replay_end_nothing()
    {
        var claims = Claims(("sid", "s1"));
        using var stranger = new TestKey("p1");
        Assert.Equal(HttpStatusCode.OK, await SendAsync(claims));
        var session = await LoginAsync("ada", "s1");

        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(claims));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(stranger.Sign(Claims(), new { alg = "ES256", typ = "logout+jwt", kid = "p1" })));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(_key.Sign(Claims(), new { alg = "ES256", typ = "at+jwt", kid = "p1" })));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(TestKey.Assemble(new { alg = "none", typ = "logout+jwt" }, "{}", static _ => [])));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(new string('x', 100_000)));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(""));

        Assert.True(await IsInAsync(session));
    }

    private Dictionary<string, object?> Claims(params (string Name, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = _provider.Address,
            ["aud"] = "pages",
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["jti"] = $"logout-{++_ids}",
            ["sub"] = "ada",
            ["sid"] = "s1",
            ["events"] = new Dictionary<string, object> { [Event] = new { } },
        };
        foreach (var (name, value) in changes)
        {
            claims[name] = value;
            if (value is null)
            {
                claims.Remove(name);
            }
        }

        return claims;
    }

    private Task<HttpStatusCode> SendAsync(Dictionary<string, object?> claims) => PostAsync(_key.Sign(claims, new { alg = "ES256", typ = "logout+jwt", kid = "p1" }));

    private async Task<HttpStatusCode> PostAsync(string token)
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("logout_token", token)]);
        using var response = await _portal.Access.Gateway.Client.PostAsync("/portal/backchannel-logout", content);
        return response.StatusCode;
    }

    private Task<string> LoginAsync(string subject, string? session)
    {
        var caller = new Caller(_provider.Address, subject, null, null, default!, []);
        return Sessions.StoreAsync(new AuthenticationTicket(Logins.PrincipalOf(caller, session), "portal-session"));
    }

    private async Task<bool> IsInAsync(string key) => await Sessions.RetrieveAsync(key) is not null;

    private static TestKey NewKey() => new("p1");

    private Sessions Sessions => _portal.Access.Gateway.Services.GetRequiredService<Sessions>();
}
