using PolicyGateway.Revocation;

namespace PolicyGateway.Tests.Revocation;

/// <summary>Accounts that are disabled, and who enables them again.</summary>
public sealed class AccountEventTests : IAsyncLifetime
{
    private const string Risc = "https://schemas.openid.net/secevent/risc/event-type/";
    private const string Disabled = Risc + "account-disabled";
    private const string Enabled = Risc + "account-enabled";

    private RevocationHost _the = null!;

    public async Task InitializeAsync() => _the = await RevocationHost.StartAsync();

    public async Task DisposeAsync() => await _the.DisposeAsync();

    [Fact]
    public async Task A_disabled_account_has_no_tokens_until_it_is_enabled()
    {
        Assert.Null(await _the.ReceiveAsync(Disabled, null));
        _the.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));

        Assert.Null(await _the.ReceiveAsync(Enabled, null));
        Assert.Null(await _the.FaultOfAsync(_the.Token()));
        Assert.Empty(await _the.Revocations.ListAsync(null, 10, default));
    }

    [Fact]
    public async Task An_account_is_enabled_by_nobody_but_who_disabled_it()
    {
        Assert.Null(await _the.ReceiveAsync(Disabled, null));
        _the.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Null(await _the.ReceiveAsync(Enabled, null, ("iss", RevocationHost.OtherTransmitter)));

        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));
    }

    [Fact]
    public async Task An_operators_revocation_is_lifted_by_no_event()
    {
        await _the.Revocations.RevokeAsync(
            new RevocationEntry
            {
                Id = "rev_1",
                Target = RevocationTarget.Person,
                Issuer = RevocationHost.Issuer,
                Subject = "ada",
                At = _the.Clock.GetUtcNow(),
                By = "an operator",
                Reason = "a test",
            },
            default);
        _the.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Null(await _the.ReceiveAsync(Enabled, null));

        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));
    }

    [Fact]
    public async Task An_event_that_enabled_an_account_before_it_was_disabled_does_not_enable_it_now()
    {
        var enabled = _the.Sign(_the.Event(Enabled));
        _the.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await _the.ReceiveAsync(Disabled, null));
        _the.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Null(await _the.ReceiveAsync(enabled));

        Assert.Equal("revoked", await _the.FaultOfAsync(_the.Token()));
    }
}
