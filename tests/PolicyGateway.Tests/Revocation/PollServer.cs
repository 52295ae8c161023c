using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PolicyGateway.Tests.Revocation;

/// <summary>A real transmitter that is polled: answers what the test queued, and nothing new after that.</summary>
internal sealed class PollServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PollServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/poll");

    /// <summary>The next answers: status and body.</summary>
    public ConcurrentQueue<(int Status, string Body)> Answers { get; } = [];

    public ConcurrentQueue<(JsonElement Body, string Authorization)> Polls { get; } = [];

    public static async Task<PollServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new PollServer(builder.Build());
        server._app.MapPost("/poll", server.HandleAsync);
        await server._app.StartAsync();
        return server;
    }

    public void Queue(bool more, params (string Id, string Token)[] tokens) => Answers.Enqueue((200, JsonSerializer.Serialize(
        new { sets = tokens.ToDictionary(static token => token.Id, static token => token.Token), moreAvailable = more })));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        Polls.Enqueue((body.RootElement.Clone(), context.Request.Headers.Authorization.ToString()));
        var (status, text) = Answers.TryDequeue(out var answer) ? answer : (200, """{"sets":{}}""");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(text);
    }
}
