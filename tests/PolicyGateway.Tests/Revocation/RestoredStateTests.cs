using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Audit;
using PolicyGateway.Cli;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Tests.Access;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A backup of the store is put in its place: what was taken away since stays away.</summary>
public sealed class RestoredStateTests : IAsyncLifetime, IDisposable
{
    private readonly JoinGateway _gateway = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-restored-").FullName;
    private readonly RecordingAudit _audit = new();
    private readonly RecordingLogs _logs = new();

    private AccessGateway Access => _gateway.Access;

    private string Copy => new StateOptions().ResolvePaths(_folder).File;

    private string AuditFile => Access.Gateway.Services.GetRequiredService<IOptions<AuditOptions>>().Value.File;

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose()
    {
        _gateway.Dispose();
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_taken_away_since_the_backup_is_taken_away_again()
    {
        var (owner, operators) = (Access.Person("back"), Access.Staff("takes", "operator"));
        var (key, replaced, kept) = (await KeyAsync(owner), await KeyAsync(owner), await KeyAsync(owner));
        var (grant, open) = (await GrantAsync(), await GrantAsync());
        var join = await _gateway.JoinAsync(owner, Access.Person("back-client"));
        (await EraseAsync("erased-before")).Expect(200);
        await EndTokensAsync("twice-disabled", 1);
        BackUp();
        (await EraseAsync("erased-since")).Expect(200);
        (await Access.AdminAsync($"/admin/grants/{grant}/revoke", operators, new { reason = "The contract ended." })).Expect(200);
        (await Access.AdminAsync($"/admin/keys/{key}/revoke", operators, new { reason = "Leaked." })).Expect(200);
        (await Access.PostAsync($"/v1/access/keys/{replaced}/rotate", owner, new { overlap_hours = 0 })).Expect(201);
        (await Access.AdminAsync($"/admin/identities/{join}/undo", operators, new { reason = "It was not his." })).Expect(200);
        var person = await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = "leaver", reason = "Left." });
        await RevokeAsync(new { target = "credential", issuer = AccessGateway.Issuer, name = "security-professional", reason = "Lapsed." });
        await RevokeAsync(new { target = "organisation", issuer = AccessGateway.Issuer, name = "lab", issued_before = DateTimeOffset.UtcNow.AddDays(-1), reason = "Left." });
        await EndTokensAsync("twice-disabled", 2);
        await EndTokensAsync("twice-disabled", 3);
        var lifted = await RevokeAsync(new { target = "person", issuer = AccessGateway.Issuer, subject = "came-back", reason = "Left." });
        (await Access.AdminAsync($"/admin/revocations/{lifted}/lift", operators, new { reason = "A mistake." })).Expect(200);

        using var store = SqliteStateStore.Open(new StateOptions { File = Copy }, TimeProvider.System);
        await StartAsync(store, AuditFile);

        var ended = (await GrantBook.SetOf(store).FindAsync(grant, default))!.Value.Revoked!;
        Assert.Equal((new PersonRef(AccessGateway.Issuer, "takes"), "The contract ended."), (ended.By, ended.Reason));
        Assert.Null((await GrantBook.SetOf(store).FindAsync(open, default))!.Value.Revoked);
        Assert.Equal("Leaked.", (await KeyRecords.SetOf(store).FindAsync(key, default))!.Value.Revoked!.Reason);
        Assert.NotNull((await KeyRecords.SetOf(store).FindAsync(replaced, default))!.Value.Revoked);
        Assert.Null((await KeyRecords.SetOf(store).FindAsync(kept, default))!.Value.Revoked);

        var joined = new JoinedIdentities(store);
        await joined.LoadAsync(default);
        var (portal, client) = (new PersonRef(AccessGateway.Issuer, "back"), new PersonRef(AccessGateway.Issuer, "back-client"));
        Assert.Equal((false, true), (joined.AreOne(portal, client), joined.WereEverOne(portal, client)));

        var revocations = new Revocations(store, new LiveCallers(), joined, TierLadder.Default, Access.Gateway.Services.GetRequiredService<PrivacyKey>(), TimeProvider.System);
        await revocations.LoadAsync(default);
        Assert.Equal(person, Assert.Single(revocations.Against(AccessGateway.Issuer, "leaver")).Id);
        Assert.Empty(revocations.Against(AccessGateway.Issuer, "came-back"));
        var anybody = new Caller(AccessGateway.Issuer, "anybody", "lab", null, TierLadder.Default.Lowest, [new Credential("security-professional", AccessGateway.Issuer)], IssuedAt: DateTimeOffset.UtcNow);
        Assert.Empty(revocations.Admit(anybody)!.Credentials);
        Assert.Null(revocations.Admit(anybody with { Subject = "leaver" }));
        Assert.Null(revocations.Admit(anybody with { IssuedAt = DateTimeOffset.UnixEpoch }));

        // It is recorded with counts, told without names, and done once.
        var record = Assert.Single(_audit.Changes);
        Assert.Equal("state.restored", record.Event);
        Assert.Equal(
            [("grant", "1"), ("key", "2"), ("identity", "1"), ("revocation", "4"), ("not_taken_again", "0"), ("erased_since", "1")],
            record.Details.Where(static detail => detail.Key is not ("backup_at" or "records_since")).Select(static detail => (detail.Key, detail.Value)));
        var line = Assert.Single(_logs.Lines);
        Assert.Contains("StateRestored", line, StringComparison.Ordinal);
        Assert.DoesNotContain("leaver", line, StringComparison.Ordinal);
        await StartAsync(store, AuditFile);
        Assert.Single(_audit.Changes);
    }

    [Fact]
    public async Task What_names_nobody_in_the_audit_stops_the_start_until_somebody_accepts_it()
    {
        BackUp();
        await Access.Gateway.Services.GetRequiredService<IAuditLog>().CommitAsync(
            new ChangeRecord { Event = "revocation.created", Target = "rev_of_an_earlier_version", Details = [new("revoked", "person"), new("revoked_issuer", AccessGateway.Issuer)] }, default);
        using (var store = SqliteStateStore.Open(new StateOptions { File = Copy }, TimeProvider.System))
        {
            var fault = await Assert.ThrowsAsync<StateUnavailableException>(() => StartAsync(store, AuditFile));
            Assert.Contains("rev_of_an_earlier_version", fault.Message, StringComparison.Ordinal);
            Assert.Contains("state accept-restore", fault.Message, StringComparison.Ordinal);
            Assert.Empty(_audit.Changes);
        }

        Assert.Equal(0, await AcceptAsync());

        using var accepted = SqliteStateStore.Open(new StateOptions { File = Copy }, TimeProvider.System);
        await StartAsync(accepted, AuditFile);
        Assert.Contains(new("not_taken_again", "1"), Assert.Single(_audit.Changes).Details);
        Assert.Equal(2, await AcceptAsync());
    }

    [Fact]
    public async Task A_gateway_starts_with_a_backup_and_says_that_its_audit_knows_nothing_since()
    {
        BackUp();
        var second = new AccessGateway();
        second.Gateway.Settings["State:File"] = Copy;
        second.Gateway.Changes = services => services.AddSingleton<ILoggerProvider>(_logs);
        second.Gateway.Settings["Logging:LogLevel:Default"] = "Warning";
        await second.InitializeAsync();

        var record = Assert.Single((await second.AdminAsync("/admin/audit?event=state.restored", second.Staff("looks", "auditor"))).Expect(200).Items);
        Assert.Equal("0", record.GetProperty("record").GetProperty("records_since").GetString());
        Assert.Null(await BackupMark.SetOf(second.Gateway.Services.GetRequiredService<IStateStore>()).FindAsync(BackupMark.Id, default));
        Assert.Contains(_logs.Lines, static line => line.Contains("StateRestoredBlindly", StringComparison.Ordinal));
        await second.DisposeAsync();
    }

    private void BackUp() => SqliteStateStore.BackUp(Access.Gateway.Services.GetRequiredService<IOptions<StateOptions>>().Value, Copy, TimeProvider.System);

    private async Task<int> AcceptAsync()
    {
        await using var output = new StringWriter();
        return await GatewayCli.Create().Parse(["state", "accept-restore", "--data", _folder]).InvokeAsync(new InvocationConfiguration { Output = output, Error = output });
    }

    private async Task StartAsync(IStateStore store, string audit)
    {
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(_logs));
        await new RestoredState(store, Access.Gateway.Services.GetRequiredService<PrivacyKey>(), _audit, Options.Create(new AuditOptions { File = audit }), logging.CreateLogger<RestoredState>()).StartAsync(default);
    }

    private async Task<string> KeyAsync(string owner) =>
        (await Access.PostAsync("/v1/access/keys", owner, new { name = "notebook", days = 30 })).Expect(201).Body.GetProperty("record").GetProperty("id").GetString()!;

    private async Task<string> GrantAsync() => (await Access.AdminAsync("/admin/grants", Access.Staff("gives", "administrator"), new
    {
        person = new { issuer = AccessGateway.Issuer, subject = "back" },
        categories = new[] { "other" },
        days = 7,
        reason = "By contract.",
    })).Expect(201).Text("id");

    /// <summary>As a transmitter's event is recorded; each says all that the one before said.</summary>
    private async Task EndTokensAsync(string subject, int time)
    {
        var entry = new RevocationEntry
        {
            Id = $"rev_{subject}_{time}",
            Target = RevocationTarget.Person,
            Issuer = AccessGateway.Issuer,
            Subject = subject,
            IssuedBefore = DateTimeOffset.UtcNow,
            At = DateTimeOffset.UtcNow,
            By = "transmitter",
            Reason = "session-revoked",
        };
        await Access.Gateway.Services.GetRequiredService<IAuditLog>().CommitAsync(
            new ChangeRecord
            {
                Event = "revocation.created",
                Target = entry.Id,
                Details = [new("revoked", "person"), new("revoked_issuer", entry.Issuer), new(TakenAgain.Transmitter, entry.By), .. Access.Gateway.Services.GetRequiredService<Revocations>().DetailsOf(entry)],
            },
            default);
    }

    private Task<Reply> EraseAsync(string subject) =>
        Access.AdminAsync("/admin/privacy/erase", Access.Staff("erases", "administrator"), new { issuer = AccessGateway.Issuer, subject, reason = "He asked for it." });

    private async Task<string> RevokeAsync(object target) => (await Access.AdminAsync("/admin/revocations", Access.Staff("takes", "operator"), target)).Expect(201).Text("id");
}
