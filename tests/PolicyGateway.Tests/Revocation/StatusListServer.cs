using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Tests.Identity;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A real server on a free loopback port that hands out whatever a test says is a status list.</summary>
internal sealed class StatusListServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StatusListServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>The list that the tests' tokens name.</summary>
    public string Uri => Address + "/lists/1";

    public Func<string> Answer { get; set; } = static () => "";

    public int Status { get; set; } = 200;

    public TimeSpan Delay { get; set; }

    /// <summary>What was asked for, each with its <c>Accept</c>.</summary>
    public ConcurrentQueue<(string Path, string Accept)> Asked { get; } = [];

    public static async Task<StatusListServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new StatusListServer(builder.Build());
        server._app.Run(server.HandleAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Statuses, packed as a list is.</summary>
    public static string Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return Base64UrlEncoder.Encode(packed.ToArray());
    }

    /// <summary>A list's payload with the given members laid over it; a null value takes one out.</summary>
    public Dictionary<string, object?> Claims(DateTimeOffset now, object statusList, params (string Name, object? Value)[] changes)
    {
        var claims = new Dictionary<string, object?> { ["sub"] = Uri, ["iat"] = now.ToUnixTimeSeconds(), ["ttl"] = 600, ["status_list"] = statusList };
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

    public static string Sign(TestKey key, object claims, string type = "statuslist+jwt") => key.Sign(claims, new { alg = "ES256", typ = type, kid = key.KeyId });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        Asked.Enqueue((context.Request.Path + context.Request.QueryString, context.Request.Headers.Accept.ToString()));
        await Task.Delay(Delay, context.RequestAborted);
        context.Response.StatusCode = Status;
        if (Status is 301 or 302)
        {
            context.Response.Headers.Location = "/elsewhere";
        }

        await context.Response.WriteAsync(Answer(), context.RequestAborted);
    }
}
