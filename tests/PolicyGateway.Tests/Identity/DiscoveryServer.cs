using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PolicyGateway.Tests.Identity;

/// <summary>A real OpenID discovery endpoint on a free loopback port, whose keys a test rotates.</summary>
internal sealed class DiscoveryServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile IReadOnlyList<TestKey> _keys;
    private int _keyFetches;

    private DiscoveryServer(WebApplication app, IReadOnlyList<TestKey> keys) => (_app, _keys) = (app, keys);

    public string Address => _app.Urls.First();

    /// <summary>What the document says its issuer is; its own address unless a test lies.</summary>
    public string? Issuer { get; set; }

    public bool Down { get; set; }

    public int KeyFetches => Volatile.Read(ref _keyFetches);

    public static async Task<DiscoveryServer> StartAsync(params TestKey[] keys)
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new DiscoveryServer(builder.Build(), keys);
        server._app.MapGet("/.well-known/openid-configuration", server.Metadata);
        server._app.MapGet("/keys", server.KeySet);
        await server._app.StartAsync();
        return server;
    }

    public void Publish(params TestKey[] keys) => _keys = keys;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Metadata() => Down
        ? Results.StatusCode(503)
        : Results.Json(new { issuer = Issuer ?? Address, jwks_uri = Address + "/keys" });

    private IResult KeySet()
    {
        Interlocked.Increment(ref _keyFetches);
        return Down
            ? Results.StatusCode(503)
            : Results.Text(JsonSerializer.Serialize(new { keys = _keys.Select(key => key.PublicJwk) }), "application/json");
    }
}
