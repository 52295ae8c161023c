using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Passports;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Privacy;

/// <summary>Whoever was revoked does not come back by being erased.</summary>
public sealed class ErasedRevocationTests : IDisposable
{
    private const string Issuer = "https://issuer.example";
    private const string Visas = "https://visas.example";

    private static readonly DateTimeOffset Noon = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PersonRef Ada = new(Issuer, "ada-lovelace");

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-erased-").FullName;
    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly SqliteStateStore _store;

    public ErasedRevocationTests() => _store = SqliteStateStore.Open(new StateOptions { File = Path.Combine(_folder, "state.db") }, _clock);

    public static TheoryData<string, string, bool, bool> Targets => new()
    {
        // target, issuer, whether tokens count no longer, whether the credential does
        { nameof(RevocationTarget.Person), Issuer, true, true },
        { nameof(RevocationTarget.Credential), Issuer, false, true },
        { nameof(RevocationTarget.Credential), Visas, false, true },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task An_erased_person_stays_revoked_here_and_after_a_restart(string target, string issuer, bool refused, bool credentialGone)
    {
        var revocations = Revocations();
        var entry = Entry(Enum.Parse<RevocationTarget>(target), issuer, "ada-lovelace");
        await revocations.RevokeAsync(entry, default);
        using var answer = revocations.Open(Caller("bob"))!;

        Assert.Equal(1, await revocations.EraseAsync(Ada, Issuers(Issuer), default));
        Assert.Equal(0, await revocations.EraseAsync(Ada, Issuers(Issuer), default));

        var restarted = Revocations();
        await restarted.LoadAsync(default);
        foreach (var asked in new[] { revocations, restarted })
        {
            var admitted = asked.Admit(Caller("ada-lovelace"));
            Assert.Equal(refused, admitted is null);
            Assert.Equal(credentialGone, admitted is null || admitted.Credentials.IsEmpty);
            Assert.Single(asked.Admit(Caller("bob"))!.Credentials);
            Assert.Equal(refused ? 1 : 0, asked.Against(Issuer, "ada-lovelace").Length);
        }

        await _store.ScrubAsync(default);
        Assert.False(AnyFileContains("ada-lovelace"));

        // Lifted like any other, by its id.
        await restarted.LiftAsync(entry.Id, default);
        Assert.Single(restarted.Admit(Caller("ada-lovelace"))!.Credentials);
    }

    [Fact]
    public async Task Whoever_acts_for_others_stays_revoked_as_well()
    {
        var revocations = Revocations();
        await revocations.RevokeAsync(Entry(RevocationTarget.Person, Issuer, "ada-lovelace"), default);

        await revocations.EraseAsync(Ada, Issuers(Issuer), default);

        Assert.Null(revocations.Admit(Caller("bob") with { Actors = ["ada-lovelace"] }));
    }

    [Fact]
    public async Task An_operator_who_is_erased_leaves_his_revocations_in_force_without_his_name()
    {
        var revocations = Revocations();
        await revocations.RevokeAsync(Entry(RevocationTarget.Person, Issuer, "bob") with { By = "ada-lovelace" }, default);

        Assert.Equal(0, await revocations.EraseAsync(Ada, Issuers(Issuer), default));

        Assert.Null(revocations.Admit(Caller("bob")));
        var entry = Assert.Single(revocations.Against(Issuer, "bob"));
        Assert.Equal((PersonRef.Erased, "Seen in a market."), (entry.By, entry.Reason));
    }

    [Fact]
    public async Task A_namesake_of_another_issuer_keeps_what_stands_against_him_and_his_name_in_what_he_revoked()
    {
        const string Other = "https://other.example";
        var revocations = Revocations();
        var entries = new[]
        {
            // Against the namesake, of whom that issuer's tokens are; by the namesake; by nobody knows which of the two; and by her.
            Entry(RevocationTarget.Credential, Other, "ada-lovelace"),
            Entry(RevocationTarget.Person, Issuer, "bob") with { By = "ada-lovelace", ByIssuer = Other },
            Entry(RevocationTarget.Person, Issuer, "carol") with { By = "ada-lovelace" },
            Entry(RevocationTarget.Person, Issuer, "dan") with { By = "ada-lovelace", ByIssuer = Issuer },
            Entry(RevocationTarget.Credential, Visas, "ada-lovelace"),
        };
        foreach (var entry in entries)
        {
            await revocations.RevokeAsync(entry, default);
        }

        Assert.Equal(1, await revocations.EraseAsync(Ada, Issuers(Issuer, Other), default));

        Assert.Equal(entries[0], await revocations.FindAsync(entries[0].Id, default));
        Assert.Equal(entries[1], await revocations.FindAsync(entries[1].Id, default));
        Assert.Equal(entries[2], await revocations.FindAsync(entries[2].Id, default));
        Assert.Equal(PersonRef.Erased, (await revocations.FindAsync(entries[3].Id, default))!.By);
        Assert.Null((await revocations.FindAsync(entries[4].Id, default))!.Subject);
    }

    [Fact]
    public async Task Another_key_stops_the_start_instead_of_letting_everybody_in()
    {
        var revocations = Revocations();
        await revocations.RevokeAsync(Entry(RevocationTarget.Person, Issuer, "ada-lovelace"), default);
        await revocations.EraseAsync(Ada, Issuers(Issuer), default);

        var fault = await Assert.ThrowsAsync<StateUnavailableException>(() => Revocations("other.key").LoadAsync(default));

        Assert.Contains("Privacy:KeyFile", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task He_is_revoked_at_every_moment_of_the_erasure()
    {
        for (var round = 0; round < 30; round++)
        {
            var revocations = Revocations();
            await revocations.RevokeAsync(Entry(RevocationTarget.Person, Issuer, "ada-lovelace"), default);
            var erasing = Task.Run(() => revocations.EraseAsync(Ada, Issuers(Issuer), default));
            do
            {
                Assert.Null(revocations.Admit(Caller("ada-lovelace")));
            }
            while (!erasing.IsCompleted);

            await erasing;
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Revocations Revocations(string key = "privacy.key") =>
        new(_store, new LiveCallers(), new JoinedIdentities(_store), TierLadder.Default, PrivacyKey.Open(new PrivacyOptions { KeyFile = key }.ResolvePaths(_folder)), _clock);

    /// <summary>Those whose tokens are taken; each brings visas of one and the same other.</summary>
    private static TokenIssuers Issuers(params string[] issuers) => new(
        Options.Create(new IdentityOptions { Issuers = [.. issuers.Select(static issuer => new IssuerOptions { Name = issuer, Issuer = issuer, Passports = new PassportOptions { TrustedVisaIssuers = [new VisaIssuerOptions { Name = "visas", Issuer = Visas }] } })] }),
        TierLadder.Default, null!, TimeProvider.System, NullLoggerFactory.Instance);

    private bool AnyFileContains(string text) =>
        Directory.EnumerateFiles(_folder).Any(file => ErasureTests.Contains(file, text));

    private static RevocationEntry Entry(RevocationTarget target, string issuer, string subject) => new()
    {
        Id = StateId.New("rev", Noon),
        Target = target,
        Issuer = issuer,
        Subject = subject,
        Name = target == RevocationTarget.Credential ? "security-professional" : null,
        At = Noon,
        By = "operator",
        Reason = "Seen in a market.",
    };

    private static Caller Caller(string subject) => new(
        Issuer, subject, null, null, TierLadder.Default.Lowest, [new Credential("security-professional", Visas)]);
}
