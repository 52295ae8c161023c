using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PolicyGateway.Demo;

/// <summary>
/// A small OpenAI-compatible server on the loopback address that answers from a script. It stands in for a model in the
/// demo and in tests; it runs no model and writes nothing that its file does not hold.
/// </summary>
internal sealed class DemoBackend : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly WebApplication _app;
    private readonly DemoBackendOptions _options;
    private readonly TimeProvider _time;

    private DemoBackend(WebApplication app, DemoBackendOptions options, TimeProvider time)
    {
        _app = app;
        _options = options;
        _time = time;
    }

    /// <summary>The server's address, without <c>/v1</c>.</summary>
    public Uri Url => new(_app.Urls.First());

    public DemoScript Script { get; } = DemoScript.Load();

    public DemoTraffic Traffic { get; } = new();

    public static async Task<DemoBackend> StartAsync(
        DemoBackendOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        // The empty builder reads no appsettings.json and no environment: the gateway's settings are not meant for this server.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var backend = new DemoBackend(app, options, time);
        app.MapGet("/v1/models", backend.ListModelsAsync);
        app.MapPost("/v1/chat/completions", backend.CompleteAsync);
        await app.StartAsync(cancellationToken);
        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        // Half-sent streams are cut, not waited for.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private Task ListModelsAsync(HttpContext context) => WriteAsync(context, 200, new
    {
        @object = "list",
        data = DemoModels.All.Select(id => new { id, @object = "model", created = 0, owned_by = "policygateway-demo" }),
    });

    private async Task CompleteAsync(HttpContext context)
    {
        var seen = Traffic.Begin(context.Request);
        try
        {
            var request = await ReadAsync(context, seen);
            if (request is null)
            {
                return;
            }

            var answer = new DemoAnswer(request, Script.AnswerTo(request.LastUserText), _time.GetUtcNow());
            await (request.Stream
                ? StreamAsync(context, answer)
                : WriteAsync(context, 200, answer.Body()));
            Traffic.End(seen, DemoRequestState.Answered);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            Traffic.End(seen, DemoRequestState.Aborted);
        }
    }

    private async Task<DemoChatRequest?> ReadAsync(HttpContext context, DemoRequest seen)
    {
        DemoChatRequest? request = null;
        DemoFault? fault;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            request = DemoChatRequest.Read(body.RootElement, out fault);
        }
        catch (JsonException)
        {
            fault = new DemoFault(400, "We could not parse the JSON body of your request.", null, null);
        }

        if (fault is not null)
        {
            Traffic.End(seen, DemoRequestState.Rejected);
            await WriteAsync(context, fault.Status, new
            {
                error = new { message = fault.Message, type = "invalid_request_error", param = fault.Param, code = fault.Code },
            });
        }

        return request;
    }

    private async Task StreamAsync(HttpContext context, DemoAnswer answer)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        foreach (var chunk in answer.Chunks(_options.WordsPerChunk))
        {
            await SendAsync(context, JsonSerializer.Serialize(chunk, Json));
            if (_options.Pause > TimeSpan.Zero)
            {
                await Task.Delay(_options.Pause, _time, context.RequestAborted);
            }
        }

        await SendAsync(context, "[DONE]");
    }

    private static async Task SendAsync(HttpContext context, string data)
    {
        // Writing to a closed connection does nothing in Kestrel, so the abort is asked for.
        context.RequestAborted.ThrowIfCancellationRequested();
        await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static Task WriteAsync(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(body, Json, context.RequestAborted);
    }
}
