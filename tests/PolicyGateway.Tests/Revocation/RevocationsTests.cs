using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Access.Joins;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Revocation;

public sealed class RevocationsTests : IDisposable
{
    private const string Issuer = "https://issuer.example";

    private static readonly DateTimeOffset Noon = new(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-revocation-").FullName;
    private readonly FakeTimeProvider _clock = new(Noon);
    private readonly SqliteStateStore _store;
    private readonly LiveCallers _live = new();
    private readonly PrivacyKey _key;
    private readonly Revocations _revocations;

    public RevocationsTests()
    {
        _store = SqliteStateStore.Open(new StateOptions { File = Path.Combine(_folder, "state.db") }, _clock);
        _key = PrivacyKey.Open(new PrivacyOptions().ResolvePaths(_folder));
        _revocations = new Revocations(_store, _live, new JoinedIdentities(_store), TierLadder.Default, _key, _clock);
    }

    public static TheoryData<string, string?, string?, bool, bool> Targets => new()
    {
        // target, subject, name, whether Ada's token counts no longer, whether her credential does
        { nameof(RevocationTarget.Issuer), null, null, true, true },
        { nameof(RevocationTarget.Person), "ada", null, true, true },
        { nameof(RevocationTarget.Person), "bob", null, false, false },
        { nameof(RevocationTarget.Organisation), null, "acme", true, true },
        { nameof(RevocationTarget.Organisation), null, "other", false, false },
        { nameof(RevocationTarget.Credential), "ada", "security-professional", false, true },
        { nameof(RevocationTarget.Credential), null, "security-professional", false, true },
        { nameof(RevocationTarget.Credential), "bob", "security-professional", false, false },
        { nameof(RevocationTarget.Credential), "ada", "life-sciences", false, false },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task What_is_revoked_counts_no_longer_here_and_after_a_restart(string target, string? subject, string? name, bool refused, bool credentialGone)
    {
        using var answer = _revocations.Open(Ada())!;

        await _revocations.RevokeAsync(Entry(Enum.Parse<RevocationTarget>(target), subject, name), default);

        var restarted = new Revocations(_store, new LiveCallers(), new JoinedIdentities(_store), TierLadder.Default, _key, _clock);
        await restarted.LoadAsync(default);
        foreach (var admitted in new[] { _revocations.Admit(Ada()), restarted.Admit(Ada()) })
        {
            Assert.Equal(refused, admitted is null);
            Assert.Equal(credentialGone, admitted is null || admitted.Credentials.IsEmpty);
        }

        Assert.Equal(credentialGone, answer.Current.Credentials.IsEmpty);
        Assert.Equal(refused ? "public" : "verified", answer.Current.Tier.Name);
    }

    [Fact]
    public async Task An_answer_whose_token_was_revoked_keeps_no_grant_and_no_role()
    {
        var grant = new CallerGrant("grant_1", ["cyber"], Noon.AddDays(-1), Noon.AddDays(1));
        using var answer = _revocations.Open(Ada() with { Grants = [grant], Roles = [Role.Operator] })!;

        await _revocations.RevokeAsync(Entry(RevocationTarget.Person, "ada", null), default);

        Assert.Null(answer.Current.GrantFor("cyber", Noon));
        Assert.Empty(answer.Current.Roles);
    }

    [Fact]
    public async Task Another_issuers_person_of_the_same_name_is_untouched()
    {
        await _revocations.RevokeAsync(Entry(RevocationTarget.Person, "ada", null), default);

        Assert.NotNull(_revocations.Admit(Ada() with { Issuer = "https://other.example" }));
        Assert.NotNull(_revocations.Admit(Caller.Anonymous(TierLadder.Default)));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(null, true)]
    public async Task A_session_that_was_revoked_takes_the_tokens_issued_before_it(int? seconds, bool refused)
    {
        await _revocations.RevokeAsync(Entry(RevocationTarget.Person, "ada", null) with { IssuedBefore = Noon }, default);

        Assert.Equal(refused, _revocations.Admit(Ada() with { IssuedAt = seconds is { } after ? Noon.AddSeconds(after) : null }) is null);
    }

    [Fact]
    public async Task What_is_lifted_counts_again_and_what_else_stands_against_it_does_not()
    {
        await _revocations.RevokeAsync(Entry(RevocationTarget.Person, "ada", null), default);
        var second = Entry(RevocationTarget.Person, "ada", null);
        await _revocations.RevokeAsync(second, default);

        Assert.NotNull(await _revocations.LiftAsync(second.Id, default));
        Assert.Null(_revocations.Admit(Ada()));
        Assert.Null(await _revocations.LiftAsync(second.Id, default));

        var first = Assert.Single(await _revocations.ListAsync(null, 10, default));
        await _revocations.LiftAsync(first.Id, default);
        Assert.NotNull(_revocations.Admit(Ada()));
    }

    [Fact]
    public async Task What_can_concern_nothing_any_more_is_forgotten_at_the_next_start()
    {
        await _revocations.RevokeAsync(Entry(RevocationTarget.Person, "ada", null) with { ForgetAt = Noon.AddDays(1) }, default);
        _clock.Advance(TimeSpan.FromDays(1));

        await new Revocations(_store, new LiveCallers(), new JoinedIdentities(_store), TierLadder.Default, _key, _clock).LoadAsync(default);

        Assert.Empty(await _revocations.ListAsync(null, 10, default));
    }

    [Fact]
    public async Task No_answer_that_begins_beside_a_revocation_misses_it()
    {
        for (var round = 0; round < 200; round++)
        {
            var revocations = new Revocations(_store, _live, new JoinedIdentities(_store), TierLadder.Default, _key, _clock);
            var admitted = revocations.Admit(Ada())!;
            var revoking = Task.Run(() => revocations.RevokeAsync(Entry(RevocationTarget.Person, "ada", null), default));
            using var answer = revocations.Open(admitted);
            await revoking;

            Assert.True(answer is null || answer.Current.Tier == TierLadder.Default.Lowest);
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Caller Ada() => new(
        Issuer, "ada", "acme", null, TierLadder.Default.Parse("verified"), [new Credential("security-professional", Issuer)], IssuedAt: Noon.AddHours(-1));

    private RevocationEntry Entry(RevocationTarget target, string? subject, string? name) => new()
    {
        Id = StateId.New("rev", _clock.GetUtcNow()),
        Target = target,
        Issuer = Issuer,
        Subject = subject,
        Name = name,
        At = Noon,
        By = "an operator",
        Reason = "a test",
    };
}
