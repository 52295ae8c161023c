using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A token that names its place in a status list counts only while the list says so.</summary>
public sealed class StatusListCheckTests : IAsyncLifetime
{
    // Statuses 0 to 3 at places 0 to 3, then 0.
    private static readonly byte[] Four = [0b11_10_01_00, 0, 0, 0];

    private RevocationHost _the = null!;

    public async Task InitializeAsync() => _the = await RevocationHost.StartAsync();

    public async Task DisposeAsync() => await _the.DisposeAsync();

    [Theory]
    [InlineData(0, null, null)]
    [InlineData(15, null, null)]
    [InlineData(1, "status_invalid", "The access token is not valid here.")]
    [InlineData(2, "status_suspended", "The access token is suspended.")]
    [InlineData(3, "status_unknown", "The access token is not valid here.")]
    [InlineData(16, "status_out_of_range", "The access token is not valid here.")]
    public async Task A_token_counts_only_with_the_status_valid(int index, string? reason, string? description)
    {
        _the.Publish(Four);

        var fault = (await _the.Identity.ReadAsync(_the.TokenAt(index))).Fault;

        Assert.Equal((reason, description), (fault?.Reason, fault?.Description));
        Assert.True(fault is null or { Error: "invalid_token", StatusCode: 401 });
        Assert.Equal(("/lists/1", "application/statuslist+jwt"), Assert.Single(_the.Server.Asked));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("\"0\"")]
    [InlineData("0.5")]
    [InlineData("1e30")]
    [InlineData("99999999999999999999")]
    [InlineData("null")]
    [InlineData("[0]")]
    [InlineData("true")]
    public async Task An_index_that_is_none_is_refused_and_asks_for_no_list(string index)
    {
        _the.Publish(Four);

        Assert.Equal("status_unreadable", await _the.FaultOfAsync(_the.TokenAt(JsonDocument.Parse(index).RootElement)));
        Assert.Empty(_the.Server.Asked);
    }

    [Fact]
    public async Task A_huge_index_is_out_of_range()
    {
        _the.Publish(Four);

        Assert.Equal("status_out_of_range", await _the.FaultOfAsync(_the.TokenAt(long.MaxValue)));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"active\"")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"status_list":{}}""")]
    [InlineData("""{"status_list":{"idx":0}}""")]
    [InlineData("""{"status_list":{"idx":0,"uri":""}}""")]
    [InlineData("""{"status_list":{"idx":0,"uri":7}}""")]
    [InlineData("""{"status_list":[{"idx":0,"uri":"x"}]}""")]
    [InlineData("""{"other_list":{"idx":0,"uri":"x"}}""")]
    public async Task A_status_that_cannot_be_read_is_not_taken_for_none(string status)
    {
        var token = _the.Key.Sign(_the.Identity.Claims(RevocationHost.Issuer, ("status", JsonDocument.Parse(status).RootElement)));

        Assert.Equal("status_unreadable", await _the.FaultOfAsync(token));
    }

    [Theory]
    [InlineData("/other/1")]
    [InlineData("/listsX")]
    [InlineData("/lists/../other")]
    [InlineData("/lists/1?x=1")]
    public async Task An_address_that_is_not_listed_is_never_fetched(string path)
    {
        _the.Publish(Four);

        Assert.Equal("status_unlisted", await _the.FaultOfAsync(_the.TokenAt(0, _the.Server.Address + path)));
        Assert.Empty(_the.Server.Asked);
    }

    [Fact]
    public async Task A_hundred_thousand_tokens_of_one_list_are_one_fetch_and_cost_little()
    {
        _the.Publish(new byte[25_000]);
        _the.Server.Delay = TimeSpan.FromMilliseconds(200);
        var caller = (await _the.Identity.ReadAsync(_the.Token())).Caller!;

        // The first ones all come while the list is being fetched.
        var first = await Task.WhenAll(Enumerable.Range(0, 1000).Select(index => _the.Lists.CheckAsync(At(caller, index)).AsTask()));
        var watch = Stopwatch.StartNew();
        for (var index = 1000; index < 100_000; index++)
        {
            Assert.Null(await _the.Lists.CheckAsync(At(caller, index)));
        }

        Assert.All(first, Assert.Null);
        Assert.Single(_the.Server.Asked);
        Assert.True(watch.Elapsed / 99_000 < TimeSpan.FromMilliseconds(0.1), $"{watch.Elapsed / 99_000} for one.");
    }

    [Theory]
    [InlineData(10, 6, 1)]
    [InlineData(10, 10, 2)]
    [InlineData(600, 55, 1)]
    [InlineData(600, 60, 2)]
    public async Task A_list_is_kept_for_its_ttl_and_for_a_minute_at_most(int ttl, int seconds, int fetches)
    {
        _the.Publish(Four, ("ttl", ttl));
        Assert.Null(await _the.FaultOfAsync(_the.TokenAt(0)));

        _the.Clock.Advance(TimeSpan.FromSeconds(seconds));
        for (var i = 0; i < 10; i++)
        {
            Assert.Null(await _the.FaultOfAsync(_the.TokenAt(i + 4)));
        }

        Assert.Equal(fetches, _the.Server.Asked.Count);
    }

    [Fact]
    public async Task A_token_that_was_verified_before_is_refused_once_the_list_says_so()
    {
        var token = _the.TokenAt(1);
        _the.Publish([0], ("ttl", 30));
        Assert.Null(await _the.FaultOfAsync(token));
        _the.Publish([0b01_00], ("ttl", 30));
        Assert.Null(await _the.FaultOfAsync(token));

        _the.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.NotNull(_the.Identity.Services.GetRequiredService<TokenCache>().Find(token));
        Assert.Equal("status_invalid", await _the.FaultOfAsync(token));
    }

    [Fact]
    public async Task An_old_list_counts_until_its_ttl_and_then_its_tokens_are_refused()
    {
        _the.Publish(Four, ("ttl", 90));
        Assert.Null(await _the.FaultOfAsync(_the.TokenAt(0)));
        _the.Server.Status = 503;

        _the.Clock.Advance(TimeSpan.FromSeconds(80));
        Assert.Null(await _the.FaultOfAsync(_the.TokenAt(0)));
        Assert.Equal("status_invalid", await _the.FaultOfAsync(_the.TokenAt(1)));
        _the.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("status_unavailable", await _the.FaultOfAsync(_the.TokenAt(0)));

        // Who has no status needs no list.
        Assert.Null(await _the.FaultOfAsync(_the.Token()));
        _the.Server.Status = 200;
        _the.Publish(Four);
        _the.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await _the.FaultOfAsync(_the.TokenAt(0)));
    }

    [Fact]
    public async Task A_list_counts_no_longer_than_its_exp()
    {
        _the.Publish(Four, ("ttl", 600), ("exp", _the.Clock.GetUtcNow().AddSeconds(20).ToUnixTimeSeconds()));
        Assert.Null(await _the.FaultOfAsync(_the.TokenAt(0)));
        _the.Server.Status = 503;

        _the.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal("status_unavailable", await _the.FaultOfAsync(_the.TokenAt(0)));
    }

    [Fact]
    public async Task A_list_from_before_the_one_that_is_known_does_not_bring_a_token_back()
    {
        _the.Publish(Four);
        var old = _the.Server.Answer();
        _the.Clock.Advance(TimeSpan.FromSeconds(10));
        _the.Publish([0b01]);
        Assert.Equal("status_invalid", await _the.FaultOfAsync(_the.TokenAt(0)));

        _the.Server.Answer = () => old;
        _the.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal("status_invalid", await _the.FaultOfAsync(_the.TokenAt(0)));
        Assert.Equal(2, _the.Server.Asked.Count);
    }

    [Fact]
    public async Task An_answer_under_way_loses_what_its_token_gave_when_the_list_says_so()
    {
        var recheck = _the.Identity.Services.GetRequiredService<StatusRecheck>();
        _the.Publish(Four, ("ttl", 30));
        using var mine = _the.Live.Open((await _the.Identity.ReadAsync(_the.TokenAt(4))).Caller!);
        using var others = _the.Live.Open((await _the.Identity.ReadAsync(_the.TokenAt(5))).Caller!);
        using var without = _the.Live.Open((await _the.Identity.ReadAsync(_the.Token())).Caller!);
        Assert.Equal(0, recheck.Look());

        _the.Publish([0, 0b01], ("ttl", 30));
        _the.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, await LooksUntilAsync(recheck));

        Assert.Equal(("public", "verified", "verified"), (mine.Current.Tier.Name, others.Current.Tier.Name, without.Current.Tier.Name));
    }

    [Fact]
    public async Task An_answer_under_way_loses_what_its_token_gave_when_the_list_cannot_be_had()
    {
        var recheck = _the.Identity.Services.GetRequiredService<StatusRecheck>();
        _the.Publish(Four, ("ttl", 30));
        using var mine = _the.Live.Open((await _the.Identity.ReadAsync(_the.TokenAt(0))).Caller!);
        _the.Server.Status = 500;

        _the.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, recheck.Look());
        _the.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, await LooksUntilAsync(recheck));
        Assert.Equal("public", mine.Current.Tier.Name);
        Assert.Equal(0, recheck.Look());
    }

    private static async Task<int> LooksUntilAsync(StatusRecheck recheck)
    {
        for (var i = 0; i < 500; i++)
        {
            if (recheck.Look() is > 0 and var reached)
            {
                return reached;
            }

            await Task.Delay(10);
        }

        return 0;
    }

    private Caller At(Caller caller, long index) => caller with { Status = new StatusReference(_the.Server.Uri, index) };
}
