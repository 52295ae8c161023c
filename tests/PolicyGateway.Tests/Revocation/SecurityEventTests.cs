using Microsoft.Extensions.DependencyInjection;
using PolicyGateway.Audit;
using PolicyGateway.Revocation;
using PolicyGateway.State;
using PolicyGateway.Telemetry;
using PolicyGateway.Tests.Fakes;

namespace PolicyGateway.Tests.Revocation;

/// <summary>What each event takes, from whom, and until when.</summary>
public sealed class SecurityEventTests : IAsyncLifetime
{
    private const string Caep = "https://schemas.openid.net/secevent/caep/event-type/";
    private const string Risc = "https://schemas.openid.net/secevent/risc/event-type/";
    private const string Disabled = Risc + "account-disabled";
    private const string Enabled = Risc + "account-enabled";

    private RevocationHost _the = null!;

    public static TheoryData<string> EndingTokens =>
    [
        Caep + "session-revoked", Caep + "token-claims-change", Caep + "credential-change", Caep + "assurance-level-change", Caep + "risk-level-change",
        Risc + "sessions-revoked", Risc + "credential-compromise",
    ];

    public async Task InitializeAsync() => _the = await RevocationHost.StartAsync();

    public async Task DisposeAsync() => await _the.DisposeAsync();

    [Theory]
    [MemberData(nameof(EndingTokens))]
    public async Task An_event_ends_the_tokens_from_before_it_and_no_others(string type)
    {
        var (before, bobs) = (_the.Token(), _the.Token("bob"));
        using var answer = _the.Live.Open((await _the.Identity.ReadAsync(before)).Caller!);
        using var bobsAnswer = _the.Live.Open((await _the.Identity.ReadAsync(bobs)).Caller!);
        _the.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Null(await _the.ReceiveAsync(type, null));

        Assert.Equal("public", answer.Current.Tier.Name);
        Assert.Equal("verified", bobsAnswer.Current.Tier.Name);
        Assert.Equal("revoked", await _the.FaultOfAsync(before));
        Assert.Null(await _the.FaultOfAsync(bobs));
        _the.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await _the.FaultOfAsync(_the.Token()));
    }

    [Fact]
    public async Task An_event_counts_from_when_it_happened_and_not_from_when_it_came()
    {
        var before = _the.Token();
        _the.Clock.Advance(TimeSpan.FromSeconds(10));
        var happened = _the.Clock.GetUtcNow();
        _the.Clock.Advance(TimeSpan.FromSeconds(10));
        var after = _the.Token();
        _the.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Null(await _the.ReceiveAsync(Caep + "session-revoked", new { event_timestamp = happened.ToUnixTimeSeconds() }));

        Assert.Equal("revoked", await _the.FaultOfAsync(before));
        Assert.Null(await _the.FaultOfAsync(after));
    }

    [Fact]
    public async Task An_event_from_the_future_ends_the_tokens_of_today_and_none_of_tomorrow()
    {
        var before = _the.Token();

        // Milliseconds where seconds belong.
        Assert.Null(await _the.ReceiveAsync(Caep + "session-revoked", new { event_timestamp = _the.Clock.GetUtcNow().ToUnixTimeMilliseconds() }));

        Assert.Equal("revoked", await _the.FaultOfAsync(before));
        _the.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await _the.FaultOfAsync(_the.Token()));
    }

    [Theory]
    [InlineData("LOW", "HIGH", false)]
    [InlineData("MEDIUM", "HIGH", false)]
    [InlineData("low", "medium", false)]
    [InlineData("HIGH", "LOW", true)]
    [InlineData("HIGH", null, true)]
    [InlineData("LOW", null, true)]
    [InlineData("MEDIUM", "MEDIUM", true)]
    [InlineData("NONE", "HIGH", true)]
    [InlineData(null, "HIGH", true)]
    public async Task Only_a_risk_that_is_known_to_be_lower_does_nothing(string? current, string? previous, bool revokes)
    {
        var token = _the.Token();

        Assert.Null(await _the.ReceiveAsync(Caep + "risk-level-change", new { current_level = current, previous_level = previous, principal = "USER" }));

        Assert.Equal(revokes ? "revoked" : null, await _the.FaultOfAsync(token));
    }

    [Fact]
    public async Task A_replayed_event_is_taken_and_has_no_effect()
    {
        using var counted = Count();
        var disabled = _the.Sign(_the.Event(Disabled));
        Assert.Null(await _the.ReceiveAsync(disabled));
        _the.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await _the.ReceiveAsync(Enabled, null));

        Assert.Null(await _the.ReceiveAsync(disabled));

        Assert.Null(await _the.FaultOfAsync(_the.Token()));
        Assert.Equal(["account-disabled revoked", "account-enabled lifted", "none replayed"], counted.All);
    }

    [Fact]
    public async Task An_event_of_another_transmitter_with_the_same_id_is_no_replay()
    {
        Assert.Null(await _the.ReceiveAsync(Caep + "unheard-of", null, ("jti", "1")));
        Assert.Null(await _the.ReceiveAsync(Disabled, null, ("jti", "1"), ("iss", RevocationHost.OtherTransmitter)));

        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));
    }

    [Fact]
    public async Task Many_events_about_a_person_leave_one_revocation()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(await _the.ReceiveAsync(Caep + "token-claims-change", null));
            _the.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(await _the.Revocations.ListAsync(null, 100, default));

        // One that comes late says nothing that is not said.
        Assert.Null(await _the.ReceiveAsync(Caep + "token-claims-change", new { event_timestamp = 1_900_000_000 }));
        Assert.Single(await _the.Revocations.ListAsync(null, 100, default));
    }

    [Fact]
    public async Task A_revocation_is_forgotten_when_no_token_can_be_as_old()
    {
        Assert.Null(await _the.ReceiveAsync(Caep + "session-revoked", null));
        Assert.Null(await _the.ReceiveAsync(Disabled, null, ("sub_id", new { format = "iss_sub", iss = RevocationHost.Issuer, sub = "bob" })));

        _the.Clock.Advance(TimeSpan.FromDays(400) + TimeSpan.FromSeconds(1));
        await _the.Revocations.ForgetAsync(default);

        Assert.Equal("bob", Assert.Single(await _the.Revocations.ListAsync(null, 10, default)).Subject);
        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token("bob")));
    }

    [Fact]
    public async Task Several_events_of_one_token_all_count()
    {
        using var counted = Count();
        var events = new Dictionary<string, object> { [Caep + "unheard-of"] = new { }, [Caep + "session-revoked"] = new { }, [Disabled] = new { } };

        Assert.Null(await _the.ReceiveAsync(Disabled, null, ("events", events)));

        Assert.Equal(["account-disabled revoked", "session-revoked revoked", "unknown ignored"], counted.All.Order());
    }

    [Fact]
    public async Task An_opaque_subject_is_one_of_the_transmitters_own()
    {
        Assert.Null(await _the.ReceiveAsync(Disabled, null, ("sub_id", new { format = "opaque", id = "ada" })));

        Assert.Null(await _the.FaultOfAsync(_the.Token()));
        Assert.NotEmpty(_the.Revocations.Against(RevocationHost.Transmitter, "ada"));
    }

    [Fact]
    public async Task A_transmitter_without_keys_of_its_own_signs_with_those_of_its_tokens()
    {
        var claims = _the.Event(Disabled, null, ("iss", RevocationHost.OtherIssuer), ("sub_id", new { format = "opaque", id = "ada" }));

        Assert.Equal("invalid_key", (await _the.ReceiveAsync(_the.Sign(claims)))?.Error);
        Assert.Null(await _the.ReceiveAsync(_the.Key.Sign(claims, new { alg = "ES256", typ = "secevent+jwt", kid = _the.Key.KeyId })));
        Assert.NotEmpty(_the.Revocations.Against(RevocationHost.OtherIssuer, "ada"));
    }

    [Fact]
    public async Task A_revocation_is_recorded_with_its_transmitter_and_without_the_person()
    {
        var audit = (RecordingAudit)_the.Identity.Services.GetRequiredService<IAuditLog>();
        Assert.Null(await _the.ReceiveAsync(Disabled, null));
        _the.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await _the.ReceiveAsync(Enabled, null));

        Assert.Equal(["revocation.created", "revocation.lifted"], audit.Changes.Select(static change => change.Event));
        Assert.All(audit.Changes, static change => Assert.Equal((RevocationHost.Transmitter, null), (change.Issuer, change.Subject)));
        Assert.DoesNotContain("ada", string.Join(' ', audit.Changes.SelectMany(static change => change.Details)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_cannot_be_recorded_is_in_force_and_asked_for_again()
    {
        var audit = (RecordingAudit)_the.Identity.Services.GetRequiredService<IAuditLog>();
        var token = _the.Sign(_the.Event(Disabled));
        audit.IsFull = true;

        Assert.True((await _the.ReceiveAsync(token))!.IsPassing);
        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));

        audit.IsFull = false;
        Assert.Null(await _the.ReceiveAsync(token));
        Assert.Single(audit.Changes);
        Assert.Single(_the.Revocations.Against(RevocationHost.Issuer, "ada"));
    }

    [Fact]
    public async Task An_event_that_could_not_be_kept_is_in_force_and_no_replay_when_it_comes_again()
    {
        var token = _the.Sign(_the.Event(Disabled));
        var failing = new FailingStore(_the.Identity.Services.GetRequiredService<IStateStore>());
        var revocations = ActivatorUtilities.CreateInstance<Revocations>(_the.Identity.Services, failing);
        var effects = ActivatorUtilities.CreateInstance<SecurityEventEffects>(_the.Identity.Services, revocations);
        var receiver = ActivatorUtilities.CreateInstance<SecurityEventReceiver>(_the.Identity.Services, effects);
        failing.IsDown = true;

        var fault = await receiver.ReceiveAsync(token, new Delivery(_the.Transmitters.All), default);
        Assert.True(fault!.IsPassing);
        Assert.NotEmpty(revocations.Against(RevocationHost.Issuer, "ada"));

        failing.IsDown = false;
        Assert.Null(await receiver.ReceiveAsync(token, new Delivery(_the.Transmitters.All), default));
        Assert.Single(await revocations.ListAsync(null, 10, default));
        Assert.Single(revocations.Against(RevocationHost.Issuer, "ada"));
    }

    private CountedEvents Count() => new(_the.Identity.Services.GetRequiredService<GatewayTelemetry>());

    /// <summary>A store whose disk fails when the test says so.</summary>
    private sealed class FailingStore(IStateStore store) : IStateStore
    {
        public bool IsDown { get; set; }

        public DateTimeOffset MarksSince => store.MarksSince;

        public ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken) => store.FindAsync(kind, id, cancellationToken);

        public ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

        public ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken) =>
            IsDown ? throw new StateUnavailableException("The disk is full.") : store.TryWriteAsync(changes, cancellationToken);

        public ValueTask<bool> ScrubAsync(CancellationToken cancellationToken) => store.ScrubAsync(cancellationToken);

        public ValueTask<bool> TryMarkAsync(string scope, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
            store.TryMarkAsync(scope, id, until, cancellationToken);
    }
}
