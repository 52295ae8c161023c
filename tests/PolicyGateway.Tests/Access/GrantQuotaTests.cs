using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Access;

/// <summary>How quotas are counted, and which grants a release rests on.</summary>
public sealed class GrantQuotaTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PersonRef Ada = new("https://issuer.example", "ada");
    private static readonly OrganisationRef Lab = new("https://issuer.example", "lab");

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-quotas-").FullName;
    private readonly FakeTimeProvider _clock = new(Noon);
    private SqliteStateStore _store;
    private GrantBook _grants;

    public GrantQuotaTests() => (_store, _grants) = Open();

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Hours at which it is asked for a release, of 2 in 1 day; what comes of each.</summary>
    [Theory]
    [InlineData("0 1 2", "ok ok no")]
    [InlineData("0 1 23.9 24", "ok ok no ok")]
    [InlineData("0 24 25 26 47.9", "ok ok ok no no")]
    [InlineData("23 23.5 24 24.5 25", "ok ok ok ok no")]
    [InlineData("0 0 240 240 240", "ok ok ok ok no")]
    [InlineData("25 25 1 25", "ok ok no no")] // the clock is set back, and forth again
    public async Task A_period_begins_with_the_grant_and_each_has_its_own_releases(string hours, string expected)
    {
        await AddAsync(New("g", new GrantQuota(2, 1)));
        var found = new List<string>();
        foreach (var hour in hours.Split(' '))
        {
            _clock.AdjustTime(Noon.AddHours(double.Parse(hour, System.Globalization.CultureInfo.InvariantCulture)));
            found.Add(await CountAsync("g") is null ? "ok" : "no");
        }

        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public async Task A_restart_forgets_nothing()
    {
        await AddAsync(New("g", new GrantQuota(3, 1)));
        Assert.Null(await CountAsync("g"));
        Assert.Null(await CountAsync("g"));

        _store.Dispose();
        (_store, _grants) = Open();

        Assert.Equal(2, Assert.Single(Assert.Single(await AskAsync()).Quotas).Used);
        Assert.Null(await CountAsync("g"));
        Assert.NotNull(await CountAsync("g"));
        Assert.Equal(("g", Noon.AddDays(1)), Assert.Single(await AskAsync()).UsedUpAt(Noon) is { } usedUp ? (usedUp.Grant, usedUp.OpensAgainAt) : default);
    }

    [Fact]
    public async Task What_is_passed_on_counts_against_both_and_against_neither_where_one_is_used_up()
    {
        await AddAsync(New("whole", new GrantQuota(2, 1)) with { Person = null, Organisation = Lab, IsAssignable = true });
        await AddAsync(New("part", new GrantQuota(1, 1)) with { Within = "whole" });
        await AddAsync(New("other", new GrantQuota(2, 1)) with { Within = "whole", Person = new PersonRef(Ada.Issuer, "bob") });

        Assert.Null(await CountAsync("part"));
        Assert.Equal("part", (await CountAsync("part"))?.Grant);
        Assert.Null(await CountAsync("other", "bob"));
        Assert.Equal("whole", (await CountAsync("other", "bob"))?.Grant);

        var bob = Assert.Single(await AskAsync("bob"));
        Assert.Equal([("other", 1), ("whole", 2)], bob.Quotas.Select(static quota => (quota.Grant, quota.Used)));
        Assert.False(bob.Opens("cyber", Noon));
    }

    [Fact]
    public async Task Of_many_at_once_as_many_are_counted_as_the_quota_has()
    {
        await AddAsync(New("g", new GrantQuota(5, 1)));
        var counted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => CountAsync("g"))));

        Assert.Equal(5, counted.Count(static usedUp => usedUp is null));
    }

    [Fact]
    public async Task A_grant_whose_count_cannot_be_read_opens_nothing_and_is_known_to_be_there()
    {
        await AddAsync(New("g", new GrantQuota(5, 1)));
        Assert.Single((await AttachAsync()).Grants);

        Assert.True(await _store.TryWriteAsync([new StateChange("quota", "g", 0, "[]", [])], default));

        var caller = await AttachAsync();
        Assert.Null(caller.GrantFor("cyber", _clock.GetUtcNow()));
        Assert.True(caller.IsUncountedFor("cyber", _clock.GetUtcNow()));
        Assert.False(caller.IsUncountedFor("other", _clock.GetUtcNow()));
    }

    /// <summary>Grants as name:categories:quota left (x is none, * was counted for this release); what is looked for; which are needed.</summary>
    [Theory]
    [InlineData("", "cyber", "")]
    [InlineData("a:cyber:x", "cyber", "a")]
    [InlineData("a:cyber:x", "", "")]
    [InlineData("a:cyber:x b:cyber:x", "cyber", "a")]
    [InlineData("a:cyber:1 b:cyber:x", "cyber", "b")]
    [InlineData("a:cyber:1 b:cyber:1", "cyber", "a")]
    [InlineData("a:cyber:0 b:cyber:1", "cyber", "b")]
    [InlineData("a:cyber:0", "cyber", "")]
    [InlineData("a:cyber:1 b:bio:1", "cyber bio", "a b")]
    [InlineData("a:cyber:1 b:bio:1", "bio", "b")]
    [InlineData("a:cyber:1 b:cyber,bio:1", "cyber bio", "b")]
    [InlineData("a:cyber:x b:cyber:*", "cyber", "b")]
    [InlineData("a:cyber:1 b:bio:0", "cyber bio", "")]
    public void A_release_rests_on_no_more_grants_than_it_takes_and_on_those_without_a_quota_first(string held, string found, string needed)
    {
        var caller = new Caller(Ada.Issuer, Ada.Subject, null, null, TierLadder.Default.Parse("registered"), [])
        {
            Grants = [.. held.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse)],
        };
        ImmutableArray<string> counted = [.. held.Split(' ').Where(static grant => grant.EndsWith('*')).Select(static grant => grant.Split(':')[0])];
        bool Refuses(Caller without) => found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(category => without.GrantFor(category, Noon) is null);

        Assert.Equal(needed, string.Join(' ', GrantNeeds.Of(caller, counted, Refuses).Select(static grant => grant.Id)));
    }

    [Theory]
    [InlineData(10, 1, 10, 1, true)]
    [InlineData(9, 2, 10, 1, true)]
    [InlineData(11, 1, 10, 1, false)]
    [InlineData(11, 100, 10, 1, false)]
    [InlineData(10, 1, 10, 2, false)]
    public void A_quota_is_within_another_where_it_has_no_more_releases_in_no_shorter_a_time(int releases, int days, int otherReleases, int otherDays, bool isWithin) =>
        Assert.Equal(isWithin, new GrantQuota(releases, days).IsWithin(new GrantQuota(otherReleases, otherDays)));

    private static CallerGrant Parse(string text)
    {
        var parts = text.Split(':');
        var grant = new CallerGrant(parts[0], [.. parts[1].Split(',')], Noon, Noon.AddDays(9));
        return parts[2] is "x" ? grant : grant with { Quotas = [new QuotaUse(parts[0], 1, 1, parts[2] == "0" ? 1 : 0, Noon, Noon.AddDays(1))] };
    }

    private (SqliteStateStore Store, GrantBook Grants) Open()
    {
        var store = SqliteStateStore.Open(new StateOptions { File = Path.Combine(_folder, "state.db") }, _clock);
        return (store, new GrantBook(store, new LiveCallers(), new JoinedIdentities(store), _clock, NullLogger<GrantBook>.Instance));
    }

    private static Grant New(string id, GrantQuota quota) => new()
    {
        Id = id,
        Person = Ada,
        Categories = ["cyber"],
        NotBefore = Noon,
        ExpiresAt = Noon.AddDays(100),
        Quota = quota,
    };

    private async Task AddAsync(Grant grant) => Assert.True(await _grants.TryWriteAsync(grant.Holder(), [_grants.Set.Add(grant.Id, grant)], default));

    private static Caller CallerOf(string subject) => new(Ada.Issuer, subject, Lab.Name, null, TierLadder.Default.Parse("registered"), []);

    private async Task<ImmutableArray<CallerGrant>> AskAsync(string subject = "ada") => await _grants.ForAsync(CallerOf(subject), "m", default);

    private async Task<Caller> AttachAsync()
    {
        using var answer = new LiveCallers().Open(CallerOf("ada"));
        return await _grants.AttachAsync(answer, "m", default);
    }

    private async Task<QuotaUse?> CountAsync(string grant, string subject = "ada") =>
        await _grants.Quotas.TryCountAsync((await AskAsync(subject)).Single(held => held.Id == grant).Quotas, default);
}
