using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Audit;
using PolicyGateway.Privacy;
using PolicyGateway.State;
using PolicyGateway.Tests.Audit;

namespace PolicyGateway.Tests.Privacy;

/// <summary>What has ended leaves the store after its days, and what has not stays.</summary>
public sealed class RetentionTests : IAsyncLifetime, IDisposable
{
    private static readonly DateTimeOffset Noon = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PersonRef Ada = new("https://issuer.example", "ada-lovelace");
    private static readonly Approval Word = new(new PersonRef("https://issuer.example", "approver"), Noon, "Contract of ada-lovelace seen.");

    private readonly AuditFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly RetentionOptions _options = new() { RequestDays = 10, AppealDays = 20, GrantDays = 30, KeyDays = 40 };
    private readonly PrivacyMetrics _metrics = new();
    private SqliteStateStore _store = null!;
    private SqliteAuditLog _audit = null!;

    public async Task InitializeAsync()
    {
        _store = SqliteStateStore.Open(new StateOptions { File = Path.Combine(_folder.Path, "state.db") }, _clock);
        _audit = await _folder.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        _store.Dispose();
        await _audit.DisposeAsync();
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Each_kind_leaves_when_its_days_after_the_end_are_over_and_not_before()
    {
        await AddAsync(AccessRequests.SetOf(_store), "req", Request(RequestStatus.Denied) with { Closed = Word });
        await AddAsync(AccessRequests.SetOf(_store), "req_open", Request(RequestStatus.Pending));
        await AddAsync(AccessRequests.SetOf(_store), "req_granted", Request(RequestStatus.Approved) with { Approvals = [Word], Days = 7 });
        await AddAsync(Appeals.SetOf(_store), "apl", Appeal(AppealStatus.Upheld) with { Outcome = Word });
        await AddAsync(Appeals.SetOf(_store), "apl_open", Appeal(AppealStatus.Open));
        await AddAsync(GrantBook.SetOf(_store), "grt", Grant(Noon));
        await AddAsync(GrantBook.SetOf(_store), "grt_revoked", Grant(Noon.AddDays(1_000)) with { Revoked = Word });
        await AddAsync(GrantBook.SetOf(_store), "grt_open", Grant(Noon.AddDays(1_000)));
        await AddAsync(KeyRecords.SetOf(_store), "key", Key(Noon));
        await AddAsync(KeyRecords.SetOf(_store), "key_open", Key(Noon.AddDays(1_000)));

        await AddAsync(GrantQuotas.SetOf(_store), "grt", new QuotaCount(Noon, 1));
        (int Day, string Gone)[] days = [(9, ""), (10, "req"), (17, "req_granted"), (19, ""), (20, "apl"), (29, ""), (30, "grt grt_revoked"), (39, ""), (40, "key"), (900, "")];
        var left = await IdsAsync();
        foreach (var (day, gone) in days)
        {
            _clock.SetUtcNow(Noon.AddDays(day));

            await Applied();

            left = [.. left.Except(gone.Split(' '))];
            Assert.Equal(left, await IdsAsync());
        }

        Assert.Equal(["apl_open", "grt_open", "key_open", "req_open"], left);
        Assert.Null(await GrantQuotas.SetOf(_store).FindAsync("grt", default));
    }

    [Fact]
    public async Task An_answer_to_a_repeated_change_leaves_after_a_day_however_long_nobody_looked()
    {
        var repeats = IdempotencyKeys.SetOf(_store);
        await AddAsync(repeats, "old", new IdempotencyKeys.Answered("ada", "f", Noon, 200, "{}", null));
        await AddAsync(repeats, "new", new IdempotencyKeys.Answered("ada", "f", Noon.AddDays(30), 200, "{}", null));
        _clock.SetUtcNow(Noon.AddDays(30).AddHours(23));

        Assert.Equal(1, (await Applied())["repeats"]);

        Assert.Equal("new", Assert.Single(await repeats.ListAsync(null, default)).Id);
    }

    [Fact]
    public async Task Zero_days_keep_everything()
    {
        (_options.RequestDays, _options.GrantDays) = (0, 0);
        await AddAsync(AccessRequests.SetOf(_store), "req", Request(RequestStatus.Denied) with { Closed = Word });
        await AddAsync(GrantBook.SetOf(_store), "grt", Grant(Noon));
        _clock.SetUtcNow(Noon.AddDays(10_000));

        Assert.Empty(await Applied());

        Assert.Equal(["grt", "req"], await IdsAsync());
    }

    [Fact]
    public async Task A_run_is_recorded_as_counts_and_what_it_removed_is_in_no_file()
    {
        for (var i = 0; i < (2 * Retention.Batch) + 5; i++)
        {
            await AddAsync(GrantBook.SetOf(_store), $"grt_{i:d4}", Grant(Noon));
        }

        await AddAsync(Appeals.SetOf(_store), "apl", Appeal(AppealStatus.Upheld) with { Outcome = Word });
        await _store.TryWriteAsync([new StateChange("appealed", "dec_1", 0, "{}", [])], default);
        Assert.True(_folder.AnyFileContains("ada-lovelace"));
        _clock.SetUtcNow(Noon.AddDays(30));

        Assert.Equal(205, (await Applied())["grants"]);
        Assert.Empty(await Applied());

        Assert.Null(await _store.FindAsync("appealed", "dec_1", default));
        Assert.False(_folder.AnyFileContains("ada-lovelace"));
        var row = Assert.Single(_folder.Show(), static row => row.Text("event") == "retention.applied");
        Assert.Equal(("state", "205", "1"), (row.Text("target"), row.Text("grants"), row.Text("appeals")));
        Assert.Empty(_folder.Verify().Faults);
    }

    [Fact]
    public async Task It_runs_at_the_start_and_once_a_day()
    {
        await AddAsync(AccessRequests.SetOf(_store), "req_1", Request(RequestStatus.Denied) with { Closed = Word });
        _clock.SetUtcNow(Noon.AddDays(10));
        using var service = new RetentionService(TheRetention(), _metrics, _clock, NullLogger<RetentionService>.Instance);

        await service.StartAsync(default);
        await UntilAsync(async () => (await IdsAsync()).Length == 0);
        await AddAsync(AccessRequests.SetOf(_store), "req_2", Request(RequestStatus.Denied) with { Closed = Word });
        await UntilAsync(async () =>
        {
            // The next run is asked for only after the first has ended.
            _clock.Advance(TimeSpan.FromHours(25));
            await Task.Delay(10);
            return (await IdsAsync()).Length == 0;
        });

        await service.StopAsync(default);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_tried_again_and_ends_nothing()
    {
        _store.Dispose();
        using var service = new RetentionService(TheRetention(), _metrics, _clock, NullLogger<RetentionService>.Instance);

        await service.StartAsync(default);
        await Task.Delay(100);

        Assert.False(service.ExecuteTask!.IsFaulted);
        await service.StopAsync(default);
        _store = SqliteStateStore.Open(new StateOptions { File = Path.Combine(_folder.Path, "state.db") }, _clock);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(36_501)]
    public void A_number_of_days_that_is_none_is_named_by_its_key(int days)
    {
        var faults = new RetentionOptions.Validator().Validate(null, new RetentionOptions { RequestDays = days, AppealDays = days, GrantDays = days, KeyDays = days }).Failures!;

        Assert.Equal(["Retention:RequestDays", "Retention:AppealDays", "Retention:GrantDays", "Retention:KeyDays"], faults.Select(static fault => fault.Split(' ')[0]));
    }

    private Retention TheRetention() => new(_store, _audit, Options.Create(_options), _metrics, _clock);

    private Task<IReadOnlyDictionary<string, int>> Applied() => TheRetention().ApplyAsync(default);

    private async Task AddAsync<T>(StateSet<T> set, string id, T value)
        where T : class => Assert.True(await _store.TryWriteAsync([set.Add(id, value)], default));

    private async Task<string[]> IdsAsync()
    {
        var ids = new List<string>();
        foreach (var kind in new[] { "request", "appeal", "grant", "key" })
        {
            ids.AddRange((await _store.ListAsync(new StateQuery(kind, Limit: 1_000), default)).Select(static record => record.Id));
        }

        return [.. ids.Order(StringComparer.Ordinal)];
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; !await holds(); i++)
        {
            Assert.True(i < 1_000, "It did not come.");
            await Task.Delay(10);
        }
    }

    private static AccessRequest Request(RequestStatus status) => new()
    {
        Id = "r",
        Person = Ada,
        Categories = ["cyber"],
        Project = "p",
        Purpose = "x",
        Days = 7,
        CreatedAt = Noon,
        Evidence = new RequestEvidence("registered", [], null, null),
        ApprovalsNeeded = 1,
        Status = status,
    };

    private static Appeal Appeal(AppealStatus status) => new()
    {
        Id = "a",
        DecisionId = "dec_1",
        Person = Ada,
        Statement = "s",
        CreatedAt = Noon,
        DueAt = Noon.AddDays(14),
        Status = status,
    };

    private static Grant Grant(DateTimeOffset expires) => new()
    {
        Id = "g",
        Person = Ada,
        Categories = ImmutableArray.Create("cyber"),
        NotBefore = Noon.AddDays(-7),
        ExpiresAt = expires,
    };

    private static ApiKey Key(DateTimeOffset expires) => new()
    {
        Id = "k",
        Hash = "h",
        Hint = "pgk_",
        Name = "n",
        Person = Ada,
        Tier = "registered",
        CreatedAt = Noon.AddDays(-7),
        ExpiresAt = expires,
    };
}
