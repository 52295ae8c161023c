using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>
/// An OpenAI-compatible server that answers at once and always the same: a completion of 1 KB, whole or as a stream, or the
/// <see cref="StreamScript"/> of the model that is asked for. It is the yardstick, so it does as little as a server can.
/// </summary>
internal static class ScriptedBackend
{
    public const string Unbuffered = "--unbuffered";

    private const int CompletionBytes = 1024;

    private const int WordsPerFrame = 12;

    private static readonly byte[] Json = Completion();

    private static readonly byte[][] Frames = [.. Stream()];

    private static readonly (byte[] Mark, StreamScript Script)[] Scripts =
        [.. StreamScript.All.Select(static script => (Encoding.ASCII.GetBytes($"\"model\":\"{script.Model}\""), script))];

    public static Command CreateCommand()
    {
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1.", Required = true };
        var unbuffered = new Option<bool>(Unbuffered) { Description = "Sends each write by itself, so that frames are not gathered on their way out." };
        var command = new Command("backend", "The scripted backend; the other commands start it.") { port, unbuffered };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(port), parsed.GetValue(unbuffered), cancellationToken));
        return command;
    }

    private static async Task RunAsync(int port, bool isUnbuffered, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        if (isUnbuffered)
        {
            // A flush then waits until its bytes are sent. (Zero would be no bound at all.)
            builder.WebHost.UseSockets(static sockets => sockets.MaxWriteBufferSize = 1);
        }

        await using var app = builder.Build();
        using var stage = new StreamStage();
        app.Run(context => AnswerAsync(context, stage));
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
    }

    private static async Task AnswerAsync(HttpContext context, StreamStage stage)
    {
        var (isStream, script) = await ReadAsync(context);
        if (script is not null)
        {
            await stage.PlayAsync(context.Response, script, context.RequestAborted);
            return;
        }

        if (!isStream)
        {
            if (HttpMethods.IsGet(context.Request.Method) && await stage.TryDirectAsync(context))
            {
                return;
            }

            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Json.Length;
            await context.Response.BodyWriter.WriteAsync(Json, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        foreach (var frame in Frames)
        {
            await context.Response.BodyWriter.WriteAsync(frame, context.RequestAborted);
        }
    }

    private static async ValueTask<(bool IsStream, StreamScript? Script)> ReadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var read = await reader.ReadAsync(context.RequestAborted);
        while (!read.IsCompleted)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await reader.ReadAsync(context.RequestAborted);
        }

        var isStream = Contains(read.Buffer, "\"stream\":true"u8);
        var script = isStream ? Scripts.FirstOrDefault(one => Contains(read.Buffer, one.Mark)).Script : null;
        reader.AdvanceTo(read.Buffer.End);
        return (isStream, script);
    }

    private static bool Contains(ReadOnlySequence<byte> body, ReadOnlySpan<byte> text) =>
        body.IsSingleSegment ? body.FirstSpan.IndexOf(text) >= 0 : body.ToArray().AsSpan().IndexOf(text) >= 0;

    private static byte[] Completion()
    {
        var text = Texts.Completion;
        var whole = Serialize(text);
        return Serialize(text[..Math.Min(text.Length, text.Length - (whole.Length - CompletionBytes))]);

        static byte[] Serialize(string content) => JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = "chatcmpl-load",
            @object = "chat.completion",
            created = 1_700_000_000,
            model = Load.LoadTarget.Model,
            choices = new[] { new { index = 0, message = new { role = "assistant", content }, finish_reason = "stop" } },
            usage = new { prompt_tokens = 230, completion_tokens = 190, total_tokens = 420 },
        });
    }

    private static IEnumerable<byte[]> Stream()
    {
        yield return Frame(new { role = "assistant", content = "" }, null);
        foreach (var words in Texts.Completion.Split(' ').Chunk(WordsPerFrame))
        {
            yield return Frame(new { content = string.Join(' ', words) + ' ' }, null);
        }

        yield return Frame(new { }, "stop");
        yield return Encoding.ASCII.GetBytes("data: [DONE]\n\n");
    }

    private static byte[] Frame(object delta, string? finish) => Encoding.UTF8.GetBytes("data: " + JsonSerializer.Serialize(new
    {
        id = "chatcmpl-load",
        @object = "chat.completion.chunk",
        created = 1_700_000_000,
        model = Load.LoadTarget.Model,
        choices = new[] { new { index = 0, delta, finish_reason = finish } },
    }) + "\n\n");
}
