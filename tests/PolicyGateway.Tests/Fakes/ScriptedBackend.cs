using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PolicyGateway.Tests.Fakes;

/// <summary>A backend at the process border: real HTTP on a real port, answers as the test says, records what it was sent.</summary>
public sealed class ScriptedBackend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedBackend(WebApplication app) => _app = app;

    public delegate Task Script(HttpContext context);

    /// <summary>What the next requests are answered.</summary>
    public Script Answer { get; set; } = context => WriteJsonAsync(context, Completion("Hello."));

    public ConcurrentQueue<ReceivedRequest> Received { get; } = [];

    /// <summary>Completed by the first request that was aborted by the gateway.</summary>
    public TaskCompletionSource Aborted { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<ScriptedBackend> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // Each watched file costs one of the few instances that a user may have.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var backend = new ScriptedBackend(app);
        app.Run(backend.HandleAsync);
        await app.StartAsync();
        return backend;
    }

    public void Reset()
    {
        Received.Clear();
        Aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Answer = context => WriteJsonAsync(context, Completion("Hello."));
    }

    /// <summary>A chat completion with one choice per text.</summary>
    public static string Completion(params string[] contents) => System.Text.Json.JsonSerializer.Serialize(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1,
        model = "m",
        choices = contents.Select((content, index) => new
        {
            index,
            message = new { role = "assistant", content },
            finish_reason = "stop",
        }),
        usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 },
    });

    /// <summary>The same as server-sent events, cut into pieces of <paramref name="size"/> characters.</summary>
    public static string Stream(string content, int size = 8)
    {
        var stream = new StringBuilder();
        foreach (var piece in content.Chunk(size))
        {
            stream.Append(Chunk(new { content = new string(piece) }, null));
        }

        return stream.Append(Chunk(new { }, "stop")).Append("data: [DONE]\n\n").ToString();
    }

    public static string Chunk(object delta, string? finishReason, int index = 0) =>
        $"data: {System.Text.Json.JsonSerializer.Serialize(new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1, model = "m", choices = new[] { new { index, delta, finish_reason = finishReason } } })}\n\n";

    public static async Task WriteJsonAsync(HttpContext context, string json, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json);
    }

    /// <summary>Writes a stream in pieces of random length, so that frames are cut anywhere.</summary>
    public static async Task WriteStreamAsync(HttpContext context, string stream, TimeSpan pause = default, int seed = 1)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        var (bytes, random, at) = (Encoding.UTF8.GetBytes(stream), new Random(seed), 0);
        while (at < bytes.Length)
        {
            var length = Math.Min(random.Next(1, 200), bytes.Length - at);
            await context.Response.Body.WriteAsync(bytes.AsMemory(at, length), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            at += length;
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, context.RequestAborted);
            }
        }
    }

    /// <summary>The body that a request brought.</summary>
    public static byte[] BodyOf(HttpContext context) => (byte[])context.Items[nameof(ReceivedRequest)]!;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Received.Enqueue(new ReceivedRequest(
            context.Request.Path, context.Request.QueryString.Value ?? "", context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
        context.Items[nameof(ReceivedRequest)] = body.ToArray();
        await using var registration = context.RequestAborted.Register(() => Aborted.TrySetResult());
        try
        {
            await Answer(context);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            Aborted.TrySetResult();
        }
    }
}

public sealed record ReceivedRequest(string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body);
