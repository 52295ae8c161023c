using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PolicyGateway.Tests.Outgoing;

/// <summary>What a receiver got.</summary>
internal sealed record Received(string Path, string ContentType, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Id => Headers["webhook-id"];

    public System.Text.Json.JsonElement Json => System.Text.Json.JsonDocument.Parse(Body).RootElement;

    public string Type => Json.GetProperty("type").GetString()!;

    public System.Text.Json.JsonElement Data => Json.GetProperty("data");
}

/// <summary>A real receiver of what gateways send: keeps everything, and answers as the test says.</summary>
internal sealed class ReceivingServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ReceivingServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public ConcurrentQueue<Received> All { get; } = [];

    /// <summary>How it answers; 202 unless a test says otherwise.</summary>
    public Func<HttpContext, Received, Task> Answer { get; set; } = Status(202);

    public static Func<HttpContext, Received, Task> Status(int status) => (context, _) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>Answers with an error as RFC 8935 writes it.</summary>
    public static Func<HttpContext, Received, Task> Error(string error, int status = 400) => (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"err":"{{error}}","description":"no"}""");
    };

    public static async Task<ReceivingServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new ReceivingServer(builder.Build());
        server._app.Map("{**path}", server.HandleAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Waits until so many messages came.</summary>
    public async Task<Received[]> ExpectAsync(int count)
    {
        for (var i = 0; i < 1_000 && All.Count < count; i++)
        {
            await Task.Delay(10);
        }

        Assert.True(All.Count >= count, $"{All.Count} messages came, not {count}: {string.Join('\n', All.Select(static one => one.Body))}");
        return [.. All];
    }

    /// <summary>Waits until a message of a type came.</summary>
    public async Task<Received> ExpectAsync(string type)
    {
        for (var i = 0; i < 1_000 && !All.Any(one => one.Type == type); i++)
        {
            await Task.Delay(10);
        }

        return All.First(one => one.Type == type);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var received = new Received(
            context.Request.Path,
            context.Request.ContentType ?? "",
            context.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync());
        All.Enqueue(received);
        await Answer(context, received);
    }
}
