using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;

namespace PolicyGateway.Tests.Identity;

public sealed class TokenCacheTests : IDisposable
{
    private readonly TestKey _key = new("k1");

    [Fact]
    public async Task A_remembered_token_does_not_outlive_its_expiry()
    {
        using var host = Host();
        var token = _key.Sign(host.Claims(changes: ("exp", host.Clock.GetUtcNow().ToUnixTimeSeconds() + 20)));
        Assert.NotNull((await host.ReadAsync(token)).Caller);
        Assert.NotNull(Cache(host).Find(token));

        host.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(Cache(host).Find(token));

        host.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Same(AuthenticationFault.Expired, (await host.ReadAsync(token)).Fault);
    }

    [Fact]
    public async Task A_remembered_token_is_verified_again_after_the_cache_lifetime()
    {
        using var host = Host();
        var token = _key.Sign(host.Claims());
        await host.ReadAsync(token);

        host.Clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Null(Cache(host).Find(token));
        Assert.NotNull((await host.ReadAsync(token)).Caller);
        Assert.NotNull(Cache(host).Find(token));
    }

    [Fact]
    public async Task The_cache_is_bounded_and_drops_the_oldest()
    {
        using var host = Host(options => options.TokenCacheEntries = 3);
        var tokens = Enumerable.Range(0, 5).Select(number => _key.Sign(host.Claims(changes: ("sub", $"user-{number}")))).ToList();
        foreach (var token in tokens)
        {
            await host.ReadAsync(token);
        }

        Assert.Equal(3, Cache(host).Count);
        Assert.Equal([false, false, true, true, true], tokens.Select(token => Cache(host).Find(token) is not null));
    }

    [Fact]
    public async Task A_cache_of_no_entries_remembers_nothing()
    {
        using var host = Host(options => options.TokenCacheEntries = 0);
        await host.ReadAsync(_key.Sign(host.Claims()));

        Assert.Equal(0, Cache(host).Count);
    }

    [Fact]
    public async Task Refused_tokens_are_not_remembered()
    {
        using var host = Host();
        await host.ReadAsync(_key.Sign(host.Claims(changes: ("aud", "other"))));

        Assert.Equal(0, Cache(host).Count);
    }

    [Fact]
    public async Task A_remembered_token_gives_the_same_caller()
    {
        using var host = Host();
        var token = _key.Sign(host.Claims());

        var first = (await host.ReadAsync(token)).Caller;
        var second = (await host.ReadAsync(token)).Caller;

        Assert.Same(first, second);
    }

    public void Dispose() => _key.Dispose();

    private IdentityHost Host(Action<IdentityOptions>? configure = null) => new(options =>
    {
        options.Issuers.Add(IdentityHost.Trusting(_key));
        configure?.Invoke(options);
    });

    private static TokenCache Cache(IdentityHost host) => host.Services.GetRequiredService<TokenCache>();
}
