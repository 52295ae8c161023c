using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Revocation;

/// <summary>Three issuers of tokens, three transmitters of events and a server of status lists, in front of the gateway's own services.</summary>
internal sealed class RevocationHost : IAsyncDisposable
{
    public const string Issuer = "https://issuer.example";
    public const string OtherIssuer = "https://other.example";
    public const string Transmitter = "https://transmitter.example";
    public const string OtherTransmitter = "https://second.example";

    private int _tokens;

    private RevocationHost(StatusListServer server)
    {
        Server = server;
        Identity = new IdentityHost(json: JsonSerializer.Serialize(new
        {
            Identity = new { Issuers = new[] { IssuerOf(Issuer), IssuerOf(OtherIssuer), IssuerOf(Transmitter) } },
            Revocation = new { Transmitters = new object[] { TransmitterOf("first", Transmitter, [Issuer, Transmitter]), TransmitterOf("second", OtherTransmitter, [Issuer]), OfIssuer() } },
        }));
    }

    public TestKey Key { get; } = new("k1");

    public TestKey TransmitterKey { get; } = new("t1");

    public StatusListServer Server { get; }

    public IdentityHost Identity { get; }

    public FakeTimeProvider Clock => Identity.Clock;

    public StatusLists Lists => Identity.Services.GetRequiredService<StatusLists>();

    public LiveCallers Live => Identity.Services.GetRequiredService<LiveCallers>();

    public Revocations Revocations => Identity.Services.GetRequiredService<Revocations>();

    public SecurityEventReceiver Receiver => Identity.Services.GetRequiredService<SecurityEventReceiver>();

    public Transmitters Transmitters => Identity.Services.GetRequiredService<Transmitters>();

    public static async Task<RevocationHost> StartAsync() => new(await StatusListServer.StartAsync());

    /// <summary>Has the server hand out a list of two bits for each token, with these bytes.</summary>
    public void Publish(byte[] bytes, params (string Name, object? Value)[] changes)
    {
        var text = StatusListServer.Sign(Key, Server.Claims(Clock.GetUtcNow(), new { bits = 2, lst = StatusListServer.Pack(bytes) }, changes));
        Server.Answer = () => text;
    }

    /// <summary>A token of Ada's with a status at this index.</summary>
    public string TokenAt(object index, string? uri = null) => Key.Sign(Identity.Claims(Issuer, ("status", new { status_list = new { idx = index, uri = uri ?? Server.Uri } })));

    public string Token(string subject = "ada", DateTimeOffset? issuedAt = null) =>
        Key.Sign(Identity.Claims(Issuer, ("sub", subject), ("iat", (issuedAt ?? Clock.GetUtcNow()).ToUnixTimeSeconds())));

    public async Task<string?> FaultOfAsync(string token) => (await Identity.ReadAsync(token)).Fault?.Reason;

    /// <summary>A security event token about Ada with the given members laid over it; a null value takes one out.</summary>
    public Dictionary<string, object?> Event(string type, object? body = null, params (string Name, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Transmitter,
            ["aud"] = "https://gateway.example",
            ["iat"] = Clock.GetUtcNow().ToUnixTimeSeconds(),
            ["jti"] = $"event-{Interlocked.Increment(ref _tokens)}",
            ["sub_id"] = new { format = "iss_sub", iss = Issuer, sub = "ada" },
            ["events"] = new Dictionary<string, object> { [type] = body ?? new { } },
        };
        foreach (var (name, value) in changes)
        {
            claims[name] = value;
            if (value is null)
            {
                claims.Remove(name);
            }
        }

        return claims;
    }

    public string Sign(object claims, string type = "secevent+jwt") => TransmitterKey.Sign(claims, new { alg = "ES256", typ = type, kid = TransmitterKey.KeyId });

    public Task<EventFault?> ReceiveAsync(string token) => Receiver.ReceiveAsync(token, new Delivery(Transmitters.All), default);

    public Task<EventFault?> ReceiveAsync(string type, object? body, params (string Name, object? Value)[] changes) => ReceiveAsync(Sign(Event(type, body, changes)));

    public async ValueTask DisposeAsync()
    {
        Identity.Dispose();
        await Server.DisposeAsync();
        Key.Dispose();
        TransmitterKey.Dispose();
    }

    private object IssuerOf(string issuer) => new
    {
        Name = issuer,
        Issuer = issuer,
        Keys = new[] { Key.PublicJwk },
        Audiences = new[] { IdentityHost.Audience },
        TierClaim = "tier",
        MaxTier = "professional",
        StatusListUris = new[] { Server.Address + "/lists" },
    };

    private object TransmitterOf(string name, string issuer, string[] subjects) => new
    {
        Name = name,
        Issuer = issuer,
        Keys = new[] { TransmitterKey.PublicJwk },
        Audiences = new[] { "https://gateway.example" },
        SubjectIssuers = subjects,
        Push = true,
    };

    /// <summary>One that signs with the keys of its tokens, since none are configured.</summary>
    private static object OfIssuer() => new { Name = "third", Issuer = OtherIssuer, Audiences = new[] { "https://gateway.example" }, SubjectIssuers = new[] { OtherIssuer }, Push = true };
}
