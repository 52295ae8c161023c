using System.Diagnostics;
using PolicyGateway.Outgoing;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Outgoing;

public sealed class LaneTests : IAsyncLifetime
{
    private readonly List<OutboxHost> _hosts = [];
    private ReceivingServer _server = null!;

    public async Task InitializeAsync() => _server = await ReceivingServer.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_is_tried_again_after_500s_under_the_same_id()
    {
        var host = await StartAsync(OutboxHost.Webhook(_server.Url));
        _server.Answer = (context, _) => ReceivingServer.Status(_server.All.Count <= 3 ? 500 : 200)(context, null!);
        await host.TellAsync(OutboxHost.Revoked("ada"));

        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        var all = _server.All.ToArray();
        Assert.Equal(4, all.Length);
        Assert.Single(all.Select(static one => one.Id).Distinct());
        Assert.Single(all.Select(static one => one.Body).Distinct());

        // Each attempt says when it was made, so that a receiver can refuse old ones.
        Assert.Equal(4, all.Select(static one => one.Headers["webhook-timestamp"]).Distinct().Count());
        Assert.Equal((3, 1), (host.CountOf("failed webhook:w0 status_500"), host.CountOf("delivered webhook:w0")));
        Assert.Equal(0, host.Lane.Standing.Waiting);
    }

    [Fact]
    public async Task What_waits_is_delivered_after_a_restart_under_the_same_id()
    {
        var host = await StartAsync(OutboxHost.Event(_server.Url));
        _server.Answer = ReceivingServer.Status(503);
        await host.TellAsync(OutboxHost.Revoked("ada"), OutboxHost.Revoked("bob"));
        await host.Lane.StepAsync(default);
        var before = Claims(Assert.Single(_server.All));

        host.Restart();
        _server.Answer = ReceivingServer.Status(202);
        await host.TakeUpAsync();
        await host.TellAsync(OutboxHost.Revoked("eve"));
        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        var after = _server.All.Skip(1).Select(Claims).ToArray();
        Assert.Equal(["ada", "bob", "eve"], after.Select(static claims => claims.Subject));
        Assert.Equal(before, after[0]);
    }

    [Fact]
    public async Task Messages_of_after_a_restart_come_behind_earlier_ones_even_if_the_clock_went_back()
    {
        var host = await StartAsync(OutboxHost.Event(_server.Url));
        await host.TellAsync(OutboxHost.Revoked("ada"));
        host.Clock.AdjustTime(host.Clock.GetUtcNow().AddDays(-1));

        host.Restart();
        await host.TakeUpAsync();
        await host.TellAsync(OutboxHost.Revoked("bob"));
        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        Assert.Equal(["ada", "bob"], _server.All.Select(Claims).Select(static claims => claims.Subject));
    }

    [Fact]
    public async Task A_receiver_that_is_down_for_a_day_loses_what_is_older_and_gets_the_rest()
    {
        var host = await StartAsync(OutboxHost.Webhook("http://127.0.0.1:9/nobody-is-there"));
        await host.TellAsync(OutboxHost.Revoked("ada"));
        await host.PassAsync(TimeSpan.FromHours(23), host.Lane);
        await host.TellAsync(OutboxHost.Revoked("bob"));
        var (receiver, waiting, age) = host.Lane.Standing;
        Assert.Equal(("webhook:w0", 2), (receiver, waiting));
        Assert.InRange(age, TimeSpan.FromHours(23), TimeSpan.FromHours(24));

        await host.PassAsync(TimeSpan.FromHours(2), host.Lane);

        Assert.Equal((1, 1), (host.CountOf("dropped webhook:w0 expired"), host.Lane.Standing.Waiting));
        Assert.InRange(host.CountOf("failed webhook:w0 unreachable"), 24 * 12, 24 * 60);
    }

    [Fact]
    public async Task A_webhook_that_a_receiver_stumbles_over_holds_up_no_other()
    {
        var host = await StartAsync(OutboxHost.Webhook(_server.Url));
        _server.Answer = (context, received) => ReceivingServer.Status(received.Body.Contains("rev_bad", StringComparison.Ordinal) ? 500 : 200)(context, received);
        await host.TellAsync(OutboxHost.Revoked("bad"));
        await host.PassAsync(TimeSpan.FromHours(1), host.Lane);

        await host.TellAsync(OutboxHost.Revoked("one"), OutboxHost.Revoked("two"));
        await host.PassAsync(TimeSpan.FromSeconds(2), host.Lane);

        Assert.Equal((2, 1), (host.CountOf("delivered webhook:w0"), host.Lane.Standing.Waiting));
    }

    [Fact]
    public async Task A_receiver_that_is_down_is_not_asked_once_for_each_message()
    {
        var host = await StartAsync(OutboxHost.Webhook(_server.Url));
        _server.Answer = ReceivingServer.Status(503);
        await host.TellAsync([.. Enumerable.Range(0, 100).Select(static index => OutboxHost.Revoked($"p{index}"))]);

        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        Assert.InRange(_server.All.Count, 5, 30);
    }

    [Fact]
    public async Task Security_events_come_in_order_whatever_fails()
    {
        var host = await StartAsync(OutboxHost.Event(_server.Url));
        var failures = 0;
        _server.Answer = (context, _) => ReceivingServer.Status(failures++ % 3 == 2 ? 202 : 500)(context, null!);
        await host.TellAsync([.. Enumerable.Range(0, 5).Select(static index => OutboxHost.Revoked($"p{index}"))]);

        await host.PassAsync(TimeSpan.FromMinutes(5), host.Lane);

        Assert.Equal(["p0", "p0", "p0", "p1", "p1", "p1", "p2", "p2", "p2", "p3", "p3", "p3", "p4", "p4", "p4"], _server.All.Select(Claims).Select(static claims => claims.Subject));
    }

    [Fact]
    public async Task A_receiver_that_hangs_does_not_hold_up_another()
    {
        await using var slow = await ReceivingServer.StartAsync();
        slow.Answer = static (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var host = await StartAsync(OutboxHost.Webhook(slow.Url).Concat(OutboxHost.Webhook(_server.Url, index: 1)).ToDictionary());
        var running = host.Service;
        await running.StartAsync(default);
        await host.TellAsync(OutboxHost.Revoked("ada"));
        await slow.ExpectAsync(1);

        var asked = Stopwatch.GetTimestamp();
        await host.TellAsync(OutboxHost.Revoked("bob"));
        await _server.ExpectAsync(2);

        Assert.True(Stopwatch.GetElapsedTime(asked) < TimeSpan.FromSeconds(3));
        await running.StopAsync(default);
    }

    [Fact]
    public async Task More_than_may_wait_are_dropped_and_counted()
    {
        var host = await StartAsync(OutboxHost.Webhook(_server.Url).Append(new("Outbox:MaxWaiting", "10")).ToDictionary());

        await host.TellAsync([.. Enumerable.Range(0, 12).Select(static index => OutboxHost.Revoked($"p{index}"))]);

        Assert.Equal((10, 2), (host.Lane.Standing.Waiting, host.CountOf("dropped webhook:w0 full")));
    }

    [Fact]
    public async Task What_waits_for_a_receiver_that_is_configured_no_longer_is_dropped()
    {
        var first = OutboxHost.Webhook(_server.Url);
        var host = await StartAsync(first.Concat(OutboxHost.Webhook(_server.Url, index: 1)).ToDictionary());
        await host.TellAsync(OutboxHost.Revoked("ada"));

        host.Restart(without: OutboxHost.Webhook(_server.Url, index: 1));
        await host.TakeUpAsync();
        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        Assert.Equal((1, 1), (host.CountOf("dropped none removed"), host.CountOf("delivered webhook:w0")));
        Assert.Empty(await host.Store.ListAsync(new StateQuery(OutgoingMessages.Kind), default));
    }

    [Fact]
    public async Task A_change_that_was_not_made_is_not_told()
    {
        var host = await StartAsync(OutboxHost.Webhook(_server.Url));

        Assert.False(await host.Store.TryWriteAsync([new StateChange("thing", "x", 7, "{}", []), .. host.Outbox.Of(OutboxHost.Revoked("ada"))], default));
        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        Assert.Empty(_server.All);
        Assert.Empty(await host.Store.ListAsync(new StateQuery(OutgoingMessages.Kind), default));
    }

    [Theory]
    [InlineData(1, 0.0, 1, 1)]
    [InlineData(1, 1.0, 1, 1)]
    [InlineData(4, 0.0, 8, 8)]
    [InlineData(4, 1.0, 4, 4)]
    [InlineData(1_000, 0.0, 300, 300)]
    [InlineData(1_000, 1.0, 150, 150)]
    public void Waits_grow_from_a_second_to_five_minutes_and_differ(int failures, double chance, int least, int most) =>
        Assert.InRange(BackOff.After(failures, null, chance).TotalSeconds, least, most);

    [Theory]
    [InlineData(60, 60)]
    [InlineData(36_000, 300)]
    public void A_receiver_may_ask_for_a_longer_wait_but_not_for_any(int asked, int seconds) =>
        Assert.Equal(seconds, BackOff.After(1, TimeSpan.FromSeconds(asked), 0).TotalSeconds);

    private async Task<OutboxHost> StartAsync(Dictionary<string, string?> settings)
    {
        var host = new OutboxHost(settings);
        _hosts.Add(host);
        await host.TakeUpAsync();
        return host;
    }

    private static (string Id, string Subject) Claims(Received received)
    {
        var token = new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(received.Body);
        return (token.Id, token.GetPayloadValue<System.Text.Json.JsonElement>("sub_id").GetProperty("sub").GetString()!);
    }
}
