using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using PolicyGateway.Outgoing.Events;
using PolicyGateway.State;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>What answers to a security event mean, and the keys that it is signed with.</summary>
public sealed class EventReceiverTests : IAsyncLifetime
{
    private ReceivingServer _server = null!;

    public async Task InitializeAsync() => _server = await ReceivingServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("invalid_request", "dropped event:e0 invalid_request")]
    [InlineData("access_denied", "dropped event:e0 access_denied")]
    [InlineData("something_else", "dropped event:e0 other_error")]
    public async Task An_event_that_is_refused_by_an_error_is_not_sent_again_and_the_next_one_is(string error, string counted)
    {
        await using var host = await TellAsync();
        _server.Answer = (context, received) => (_server.All.Count == 1 ? ReceivingServer.Error(error) : ReceivingServer.Status(202))(context, received);

        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        Assert.Equal((2, 1, 1), (_server.All.Count, host.CountOf(counted), host.CountOf("delivered event:e0")));
        Assert.Equal(2, _server.All.Select(static one => new JsonWebToken(one.Body).Id).Distinct().Count());
    }

    [Theory]
    [InlineData("authentication_failed", 400, "authentication_failed")]
    [InlineData("invalid_key", 400, "invalid_key")]
    [InlineData("invalid_issuer", 400, "invalid_issuer")]
    [InlineData("invalid_audience", 400, "invalid_audience")]
    [InlineData("invalid_request", 401, "status_401")]
    [InlineData("invalid_request", 403, "status_403")]
    [InlineData("invalid_request", 503, "status_503")]
    [InlineData("", 200, "status_200")]
    public async Task What_settings_or_time_can_mend_is_sent_again(string error, int status, string reason)
    {
        await using var host = await TellAsync();
        _server.Answer = (context, received) => (_server.All.Count == 1 ? ReceivingServer.Error(error, status) : ReceivingServer.Status(202))(context, received);

        await host.PassAsync(TimeSpan.FromMinutes(1), host.Lane);

        Assert.Equal((3, 1, 2), (_server.All.Count, host.CountOf($"failed event:e0 {reason}"), host.CountOf("delivered event:e0")));
        Assert.Equal(["ada", "ada", "bob"], _server.All.Select(static one => new JsonWebToken(one.Body).GetPayloadValue<JsonElement>("sub_id").GetProperty("sub").GetString()!));
    }

    [Fact]
    public async Task A_receiver_gets_only_the_events_that_it_wants()
    {
        await using var host = new OutboxHost(OutboxHost.Event(_server.Url).Append(new("Revocation:Receivers:0:Events:0", "risk-level-change")).ToDictionary());

        Assert.Empty(host.Outbox.Of(OutboxHost.Revoked("ada")));
    }

    [Fact]
    public async Task The_key_is_made_once_and_is_the_owners_alone()
    {
        await using var host = await TellAsync();
        var keys = host.Services.GetRequiredService<EventKeys>();
        var file = Path.Combine(host.Folder, EventKeys.FileName);
        var first = keys.Published().ToJsonString();

        host.Restart();

        Assert.Equal(first, host.Services.GetRequiredService<EventKeys>().Published().ToJsonString());
        OutboxHost.AssertPrivate(file);
        Assert.Equal(["event-signing-key.pem"], Directory.GetFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName));
    }

    [Fact]
    public async Task After_a_rotation_the_new_key_signs_and_both_are_published()
    {
        await using var host = await TellAsync();
        var before = KeyIds(host);
        var file = Path.Combine(host.Folder, EventKeys.FileName);
        File.Move(file, Path.Combine(Path.GetDirectoryName(file)!, "previous-2031-05.pem"));

        host.Restart();
        await host.TakeUpAsync();
        await host.Lane.StepAsync(default);

        var after = KeyIds(host);
        Assert.Equal([after[0], before[0]], after);
        Assert.NotEqual(after[0], before[0]);
        Assert.Equal(after[0], new JsonWebToken(Assert.Single(_server.All).Body).Kid);
    }

    [Theory]
    [InlineData("event-signing-key.pem", "no key")]
    [InlineData("event-signing-key.pem", null)]
    [InlineData("previous.pem", "no key")]
    public async Task A_key_that_cannot_be_read_stops_the_start_and_is_named(string name, string? text)
    {
        await using var host = new OutboxHost(OutboxHost.Event(_server.Url));
        var file = Path.Combine(host.Folder, "outgoing", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(file, text ?? key.ExportSubjectPublicKeyInfoPem());

        var fault = Assert.Throws<StateUnavailableException>(() => PolicyGateway.Outgoing.OutgoingExtensions.OpenOutgoingKeys(host.Services));

        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    private async Task<OutboxHost> TellAsync()
    {
        var host = new OutboxHost(OutboxHost.Event(_server.Url));
        await host.TakeUpAsync();
        await host.TellAsync(OutboxHost.Revoked("ada"), OutboxHost.Revoked("bob"));
        return host;
    }

    private static string[] KeyIds(OutboxHost host) =>
        [.. host.Services.GetRequiredService<EventKeys>().Published()["keys"]!.AsArray().Select(static key => key!["kid"]!.GetValue<string>())];
}
