using System.Net.Http.Headers;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Access;

/// <summary>What is in force is kept and recorded, whoever waits for it; where it cannot be kept, the audit says so.</summary>
public sealed class UnkeptTests : IAsyncLifetime, IDisposable
{
    private readonly JoinGateway _gateway = new();
    private readonly TaskCompletionSource _released = new();
    private TaskCompletionSource? _held;

    private AccessGateway Access => _gateway.Access;

    public Task InitializeAsync()
    {
        Access.Gateway.Settings["State:BusyTimeout"] = "00:00:00.1";
        Access.Gateway.Changes = services => services.AddSingleton<IStateStore>(provider => new HeldStore(provider.GetRequiredService<WatchedStateStore>(), HoldAsync));
        return _gateway.InitializeAsync();
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task What_is_taken_away_while_the_store_is_locked_is_recorded_as_in_force_and_not_kept()
    {
        var (portal, client, operators) = (Access.Person("unkept"), Access.Person("unkept-client"), Access.Staff("takes", "operator"));
        var steward = Access.Gateway.TokenOf(new DevelopmentToken("registered") { Subject = "unkept-steward", Organisation = "lab", Roles = ["steward"] });
        var join = await _gateway.JoinAsync(portal, client);
        var (grant, key) = (await GrantAsync("unkept"), await KeyAsync(portal));
        var held = await GivenAsync(new { organisation = new { issuer = AccessGateway.Issuer, name = "lab" }, categories = new[] { "other" }, days = 7, reason = "By contract.", assignable = true });
        var shared = (await Access.PostAsync("/v1/access/organisation/grants", steward, new { within = held, subject = "member", categories = new[] { "other" }, days = 3, reason = "On the team." })).Expect(201).Text("id");
        await using (var other = new SqliteConnection($"Data Source={Access.Gateway.Services.GetRequiredService<IOptions<StateOptions>>().Value.File};Pooling=False"))
        {
            await other.OpenAsync();
            await using var locking = other.CreateCommand();
            locking.CommandText = "BEGIN IMMEDIATE";
            await locking.ExecuteNonQueryAsync();

            (await Access.AdminAsync($"/admin/grants/{grant}/revoke", operators, new { reason = "Left." })).Expect(503);
            (await Access.PostAsync($"/v1/access/organisation/grants/{shared}/revoke", steward, new { reason = "Left." })).Expect(503);
            (await Access.AdminAsync($"/admin/keys/{key}/revoke", operators, new { reason = "Leaked." })).Expect(503);
            (await Access.AdminAsync($"/admin/identities/{join}/undo", operators, new { reason = "It was not his." })).Expect(503);
            (await Access.AdminAsync("/admin/revocations", operators, new { target = "person", issuer = AccessGateway.Issuer, subject = "leaver", reason = "Left." })).Expect(503);
        }

        Assert.Equal([shared, grant], await TargetsAsync("grant.revoked.unkept"));
        Assert.Equal([key], await TargetsAsync("key.revoked.unkept"));
        Assert.Equal([join], await TargetsAsync("identity.undone.unkept"));
        Assert.Single(await TargetsAsync("revocation.created.unkept"));
        Assert.Empty(await TargetsAsync("grant.revoked"));

        // Asked once more it is kept.
        (await Access.AdminAsync($"/admin/grants/{grant}/revoke", operators, new { reason = "Left." })).Expect(200);
        Assert.Equal([grant], await TargetsAsync("grant.revoked"));
    }

    [Theory]
    [InlineData("grant")]
    [InlineData("key")]
    [InlineData("lift")]
    public async Task Whoever_leaves_before_the_answer_leaves_nothing_half_done(string what)
    {
        var revocation = new { target = "person", issuer = AccessGateway.Issuer, subject = "comes-back", reason = "Left." };
        var (target, path, happened) = what switch
        {
            "grant" => (await GrantAsync("hasty"), "/admin/grants/{0}/revoke", "grant.revoked"),
            "key" => (await KeyAsync(Access.Person("hasty")), "/admin/keys/{0}/revoke", "key.revoked"),
            _ => ((await Access.AdminAsync("/admin/revocations", Access.Staff("takes", "operator"), revocation)).Expect(201).Text("id"), "/admin/revocations/{0}/lift", "revocation.lifted"),
        };
        var reached = _held = new TaskCompletionSource();

        using (var leaving = new CancellationTokenSource())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, string.Format(null, path, target)) { Content = TheGateway.Json("""{"reason":"Left."}""") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Access.Staff("takes", "operator"));
            var asked = Access.Management.SendAsync(request, leaving.Token);
            await reached.Task;
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }

        // The gateway hears of it in the meantime.
        await Task.Delay(300);
        _released.SetResult();

        for (var i = 0; i < 500 && (await TargetsAsync(happened)).Length == 0; i++)
        {
            await Task.Delay(20);
        }

        Assert.Equal([target], await TargetsAsync(happened));
        Assert.Empty(await TargetsAsync(happened + ".lost"));
        for (var i = 0; i < 500 && !await IsKeptAsync(what, target); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(await IsKeptAsync(what, target));
    }

    private async Task HoldAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _held, null) is { } reached)
        {
            reached.SetResult();
            await _released.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> IsKeptAsync(string what, string id)
    {
        var store = Access.Gateway.Services.GetRequiredService<WatchedStateStore>();
        return what switch
        {
            "grant" => (await GrantBook.SetOf(store).FindAsync(id, default))!.Value.Revoked is not null,
            "key" => (await KeyRecords.SetOf(store).FindAsync(id, default))!.Value.Revoked is not null,
            _ => await Revocations.SetOf(store).FindAsync(id, default) is null,
        };
    }

    private async Task<string[]> TargetsAsync(string happened) =>
        [.. (await Access.AdminAsync($"/admin/audit?event={happened}", Access.Staff("looks", "auditor"))).Expect(200).Items.Select(static item => item.GetProperty("target").GetString()!)];

    private Task<string> GrantAsync(string subject) =>
        GivenAsync(new { person = new { issuer = AccessGateway.Issuer, subject }, categories = new[] { "other" }, days = 7, reason = "By contract." });

    private async Task<string> GivenAsync(object grant) => (await Access.AdminAsync("/admin/grants", Access.Staff("gives", "administrator"), grant)).Expect(201).Text("id");

    private async Task<string> KeyAsync(string owner) =>
        (await Access.PostAsync("/v1/access/keys", owner, new { name = "notebook", days = 30 })).Expect(201).Body.GetProperty("record").GetProperty("id").GetString()!;

    /// <summary>The store, one write of which can be held until a test lets it go on.</summary>
    private sealed class HeldStore(WatchedStateStore store, Func<CancellationToken, Task> hold) : IStateStore
    {
        public DateTimeOffset MarksSince => store.MarksSince;

        public ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken) => store.FindAsync(kind, id, cancellationToken);

        public ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

        public async ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
        {
            if (changes[0].Kind is "grant" or "key" or "revocation")
            {
                await hold(cancellationToken);
            }

            return await store.TryWriteAsync(changes, cancellationToken);
        }

        public ValueTask<bool> ScrubAsync(CancellationToken cancellationToken) => store.ScrubAsync(cancellationToken);

        public ValueTask<bool> TryMarkAsync(string scope, string id, DateTimeOffset until, CancellationToken cancellationToken) => store.TryMarkAsync(scope, id, until, cancellationToken);
    }
}
