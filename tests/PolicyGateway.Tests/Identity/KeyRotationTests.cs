using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

/// <summary>Keys that come and go at a real discovery endpoint.</summary>
public sealed class KeyRotationTests : IDisposable
{
    private readonly TestKey _old = new("old");
    private readonly TestKey _new = new("new");

    [Fact]
    public async Task Keys_are_discovered_once_for_many_tokens()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => host.ReadAsync(Token(host, server, _old, $"user-{number}"))));

        Assert.All(results, result => Assert.Equal("verified", result.Caller!.Tier.Name));
        Assert.Equal(1, server.KeyFetches);
    }

    [Fact]
    public async Task The_first_token_with_a_new_key_passes()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);
        await host.ReadAsync(Token(host, server, _old));
        server.Publish(_old, _new);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => host.ReadAsync(Token(host, server, _new, $"user-{number}"))));

        Assert.All(results, result => Assert.NotNull(result.Caller));
        Assert.Equal(2, server.KeyFetches);
    }

    [Fact]
    public async Task An_unknown_key_id_causes_one_fetch_and_then_none_for_a_while()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);
        await host.ReadAsync(Token(host, server, _old));

        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var unknown = new TestKey($"unknown-{attempt}");
            Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(Token(host, server, unknown))).Fault);
        }

        Assert.Equal(2, server.KeyFetches);
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(Token(host, server, _new))).Fault);
        Assert.Equal(3, server.KeyFetches);
    }

    [Fact]
    public async Task A_token_that_names_no_algorithm_of_ours_causes_no_fetch()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);

        var token = TestKey.Assemble(new { alg = "none", kid = "x" }, System.Text.Json.JsonSerializer.Serialize(host.Claims(server.Address)), _ => []);

        Assert.Same(AuthenticationFault.Algorithm, (await host.ReadAsync(token)).Fault);
        Assert.Equal(0, server.KeyFetches);
    }

    [Fact]
    public async Task A_removed_key_stops_passing_once_the_keys_are_fetched_even_for_a_remembered_token()
    {
        await using var server = await DiscoveryServer.StartAsync(_old, _new);
        using var host = Host(server);
        var token = Token(host, server, _old);
        Assert.NotNull((await host.ReadAsync(token)).Caller);
        server.Publish(_new);

        // Still inside the token cache's 60 s: another token's unknown key brings the new set in.
        using var unknown = new TestKey("unknown");
        await host.ReadAsync(Token(host, server, unknown));

        Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(token)).Fault);
    }

    [Fact]
    public async Task A_removed_key_stops_passing_at_the_keys_maximum_age_without_any_other_cause()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);
        var token = Token(host, server, _old);
        Assert.NotNull((await host.ReadAsync(token)).Caller);
        server.Publish(_new);

        host.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(token)).Fault);
    }

    [Fact]
    public async Task Keys_are_fetched_again_beside_the_request_before_they_are_too_old()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);
        await host.ReadAsync(Token(host, server, _old));

        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull((await host.ReadAsync(Token(host, server, _old))).Caller);

        for (var attempt = 0; server.KeyFetches < 2 && attempt < 200; attempt++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(2, server.KeyFetches);
    }

    [Fact]
    public async Task No_last_known_good_keys_outlive_their_age_while_the_issuer_is_down()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);
        var token = Token(host, server, _old);
        await host.ReadAsync(token);
        server.Down = true;

        host.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.NotNull((await host.ReadAsync(token)).Caller);
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(AuthenticationFault.KeysUnavailable, (await host.ReadAsync(token)).Fault);
    }

    [Fact]
    public async Task An_issuer_that_is_down_at_the_start_is_logged_and_counts_again_when_it_is_up()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        using var host = Host(server);
        server.Down = true;

        var fault = (await host.ReadAsync(Token(host, server, _old))).Fault!;
        Assert.Equal(("temporarily_unavailable", 503, "keys_unavailable"), (fault.Error, fault.StatusCode, fault.Reason));
        Assert.Contains("Another login does not help", fault.Description, StringComparison.Ordinal);
        Assert.Contains("IssuerKeysFailed", host.Log.Text, StringComparison.Ordinal);

        server.Down = false;
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await host.ReadAsync(Token(host, server, _old))).Caller);
    }

    [Fact]
    public async Task A_discovery_document_that_speaks_for_another_issuer_brings_no_keys()
    {
        await using var server = await DiscoveryServer.StartAsync(_old);
        server.Issuer = "https://evil.example";
        using var host = Host(server);

        Assert.Same(AuthenticationFault.KeysUnavailable, (await host.ReadAsync(Token(host, server, _old))).Fault);
    }

    [Fact]
    public async Task One_issuers_key_signs_nothing_for_another_issuer()
    {
        await using var first = await DiscoveryServer.StartAsync(_old);
        using var host = new IdentityHost(options =>
        {
            options.Issuers.Add(IdentityHost.Discovering(first));
            options.Issuers.Add(IdentityHost.Trusting(_new));
        });

        Assert.NotNull((await host.ReadAsync(_new.Sign(host.Claims()))).Caller);
        Assert.NotNull((await host.ReadAsync(Token(host, first, _old))).Caller);
        Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(_old.Sign(host.Claims()))).Fault);
        Assert.Same(AuthenticationFault.UnknownKey, (await host.ReadAsync(Token(host, first, _new))).Fault);
    }

    public void Dispose()
    {
        _old.Dispose();
        _new.Dispose();
    }

    private static IdentityHost Host(DiscoveryServer server) =>
        new(options => options.Issuers.Add(IdentityHost.Discovering(server)));

    private static string Token(IdentityHost host, DiscoveryServer server, TestKey key, string subject = "ada") =>
        key.Sign(host.Claims(server.Address, ("sub", subject), ("exp", host.Clock.GetUtcNow().ToUnixTimeSeconds() + 86_400)));
}
