using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Access;

public sealed class GrantBookTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PersonRef Ada = new("https://issuer.example", "ada");

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-grants-").FullName;
    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly LiveCallers _live = new();
    private readonly SqliteStateStore _store;
    private readonly GrantBook _grants;

    public GrantBookTests()
    {
        _store = SqliteStateStore.Open(new StateOptions { File = Path.Combine(_folder, "state.db") }, _clock);
        _grants = new GrantBook(_store, _live, new JoinedIdentities(_store), _clock, NullLogger<GrantBook>.Instance);
    }

    public static TheoryData<string, string, int, bool> Cells => new()
    {
        // categories of the grant, category that is asked for, minutes from its beginning, whether it is open
        { "cyber", "cyber", 0, true },
        { "cyber", "cyber.malware", 0, true },
        { "cyber.malware", "cyber", 0, false },
        { "cyber.malware", "cyber.malware", 0, true },
        { "cyber", "cyberspace", 0, false },
        { "bio,cyber", "cyber", 0, true },
        { "bio", "cyber", 0, false },
        { "cyber", "cyber", -1, false },
        { "cyber", "cyber", 59, true },
        { "cyber", "cyber", 60, false },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_grant_opens_its_categories_and_what_is_nested_in_them_in_its_time(string categories, string category, int minutes, bool isOpen) =>
        Assert.Equal(isOpen, new CallerGrant("g", [.. categories.Split(',')], Noon, Noon.AddHours(1)).Opens(category, Noon.AddMinutes(minutes)));

    [Theory]
    [InlineData("", "any", true)]
    [InlineData("a b", "b", true)]
    [InlineData("a b", "c", false)]
    public async Task A_grant_counts_for_its_models(string models, string model, bool counts)
    {
        await AddAsync("g", grant => grant with { Models = [.. models.Split(' ', StringSplitOptions.RemoveEmptyEntries)] });

        Assert.Equal(counts, (await AskAsync(model)).Grants.Length == 1);
    }

    [Fact]
    public async Task What_is_written_counts_for_the_next_request_and_what_is_revoked_for_none()
    {
        Assert.Empty((await AskAsync("m")).Grants);
        await AddAsync("g");
        Assert.Equal("g", Assert.Single((await AskAsync("m")).Grants).Id);

        Assert.NotNull(await _grants.RevokeAsync("g", new Approval(Ada, Noon, "a test")));

        Assert.Empty((await AskAsync("m")).Grants);
        Assert.Null(await _grants.RevokeAsync("none", new Approval(Ada, Noon, "a test")));
    }

    [Fact]
    public async Task No_answer_that_begins_beside_a_revocation_keeps_the_grant()
    {
        for (var round = 0; round < 100; round++)
        {
            var id = $"g{round}";
            await AddAsync(id);
            var revoking = Task.Run(() => _grants.RevokeAsync(id, new Approval(Ada, Noon, "a test")));
            using var answer = _live.Open(Caller());
            await _grants.AttachAsync(answer, "m", default);
            await revoking;

            Assert.DoesNotContain(answer.Current.Grants, grant => grant.Id == id);
        }
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_takes_the_grants_and_nothing_else()
    {
        await AddAsync("g");
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);

        var caller = await AskAsync("m");

        Assert.Empty(caller.Grants);
        Assert.Equal("ada", caller.Subject);
        Directory.CreateDirectory(_folder);
    }

    [Fact]
    public async Task Of_many_people_each_has_his_own()
    {
        for (var i = 0; i < 20; i++)
        {
            var page = Enumerable.Range(i * 500, 500).Select(n => New($"many-{n:d5}") with { Person = new PersonRef(Ada.Issuer, $"person-{n}") })
                .Select(grant => _grants.Set.Add(grant.Id, grant)).ToList();
            Assert.True(await _store.TryWriteAsync(page, default));
        }

        foreach (var n in new[] { 0, 4_999, 9_999 })
        {
            using var answer = _live.Open(Caller() with { Subject = $"person-{n}" });
            Assert.Equal($"many-{n:d5}", Assert.Single((await _grants.AttachAsync(answer, "m", default)).Grants).Id);
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Caller Caller() => new(Ada.Issuer, Ada.Subject, null, null, TierLadder.Default.Parse("registered"), []);

    private static Grant New(string id) => new()
    {
        Id = id,
        Person = Ada,
        Categories = ["cyber"],
        NotBefore = Noon,
        ExpiresAt = Noon.AddDays(1),
    };

    private async Task<Caller> AskAsync(string model)
    {
        using var answer = _live.Open(Caller());
        return await _grants.AttachAsync(answer, model, default);
    }

    private async Task AddAsync(string id, Func<Grant, Grant>? change = null)
    {
        var grant = (change ?? (static grant => grant))(New(id));
        Assert.True(await _grants.TryWriteAsync(grant.Holder(), [_grants.Set.Add(id, grant)], default));
    }
}
