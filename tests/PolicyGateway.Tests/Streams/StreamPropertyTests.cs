using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PolicyGateway.Tests.Identity;
using PolicyGateway.Identity;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Streams;

/// <summary>
/// Streams made at random, with a marker that the judge calls dual-use somewhere in them: what reaches whom. Set STREAMS to
/// run more of them, STREAM_SEED to run others, or to run one again with STREAMS=1.
/// </summary>
public sealed partial class StreamPropertyTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const int AtOnce = 8;

    /// <summary>What may stay behind in a process that has run the streams, in bytes: code, pools, caches.</summary>
    private const long MostLeft = 96 << 20;

    private static readonly IStreamSpeller[] Spellers =
    [
        new ChatSpeller(isAzure: false), new ChatSpeller(isAzure: true), new CompletionsSpeller(), new ResponsesSpeller(), new MessagesSpeller(),
        new GeminiSpeller(isArray: false), new GeminiSpeller(isArray: true), new OllamaSpeller(isChat: true), new OllamaSpeller(isChat: false),
    ];

    private readonly RecordingLogs _logs = new();
    private readonly ConcurrentQueue<string> _spans = new();
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = static _ => true,
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    private readonly TheGateway _gateway = new();
    private readonly ConcurrentDictionary<int, StreamScript> _running = new();
    private long _seen;

    public async Task InitializeAsync()
    {
        _gateway.Changes = services => services.AddLogging(logging => logging.AddProvider(_logs).SetMinimumLevel(LogLevel.Information));
        _gateway.Settings["Logging:LogLevel:Default"] = "Information";
        _listener.ActivityStopped = Watch;
        ActivitySource.AddActivityListener(_listener);
        await _gateway.InitializeAsync();
        _gateway.Backend.Answer = AnswerAsync;
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();

    public void Dispose()
    {
        _listener.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task Nothing_at_or_behind_the_marker_reaches_anyone_to_whom_it_is_not_open()
    {
        var count = Setting("STREAMS") ?? 2_000;
        var first = Setting("STREAM_SEED") ?? Random.Shared.Next();
        output.WriteLine($"STREAM_SEED={first} STREAMS={count}");
        var generator = new StreamGenerator(Spellers, lookAhead: 200);
        var faults = new ConcurrentQueue<string>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var script = generator.Make(unchecked(first + i));
            _running[script.Seed] = script;
            if (await new StreamRun(_gateway, script).CheckAsync() is { } fault)
            {
                faults.Enqueue($"{fault} ({script})");
            }

            _running.TryRemove(script.Seed, out var _);
        });

        Assert.True(faults.IsEmpty, $"{faults.Count} of {count}, first seed {first}:\n{string.Join('\n', faults.Take(10))}");
        Assert.DoesNotContain(_logs.Lines, line => line.Contains(KeywordClassifier.Cyber, StringComparison.Ordinal));
        Assert.DoesNotContain(_gateway.Audit.Noted.Concat(_gateway.Audit.Committed), record => record.ToString().Contains(KeywordClassifier.Cyber, StringComparison.Ordinal));
        Assert.True(_seen > count, "No span was seen.");
        Assert.Empty(_spans);
        var metrics = await _gateway.Client.GetStringAsync(new Uri(_gateway.Management, "/metrics"));
        Assert.Contains("policygateway_decisions", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(KeywordClassifier.Cyber, metrics, StringComparison.Ordinal);
        Assert.Equal(0, _gateway.Services.GetRequiredService<LiveCallers>().Count);

        Forget();
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{left >> 10} KB are left.");
        if (Setting("STREAMS") is not null)
        {
            // Tests that run beside this one share the process's memory; a run by itself, as STREAMS asks for, has it alone.
            Assert.InRange(left, long.MinValue, MostLeft);
        }
    }

    /// <summary>Keeps the names of spans in which the marker stands. Other tests' spans pass here, too, and hold it no more than these.</summary>
    private void Watch(Activity span)
    {
        Interlocked.Increment(ref _seen);
        var told = span.TagObjects.Concat(span.Events.SelectMany(static one => one.Tags)).Select(static tag => $"{tag.Key}={tag.Value}")
            .Append(span.DisplayName).Append(span.StatusDescription ?? "");
        if (told.Any(static text => text.Contains(KeywordClassifier.Cyber, StringComparison.Ordinal)))
        {
            _spans.Enqueue(span.DisplayName);
        }
    }

    /// <summary>Lets go of what the fakes wrote down, so that the memory which is left is the gateway's.</summary>
    private void Forget()
    {
        _logs.Lines.Clear();
        _gateway.Backend.Received.Clear();
        _gateway.Audit.Forget();
    }

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;

    private async Task AnswerAsync(HttpContext context)
    {
        var asked = System.Text.Encoding.UTF8.GetString(ScriptedBackend.BodyOf(context));
        var script = _running[int.Parse(StreamNumber().Match(asked).Groups[1].Value, CultureInfo.InvariantCulture)];
        context.Response.ContentType = script.Fault == BackendFault.OtherType ? "text/plain" : script.Speller.MediaType;
        if (script.Fault == BackendFault.Encoded)
        {
            context.Response.Headers.ContentEncoding = "gzip";
        }

        var (at, piece) = (0, 0);
        foreach (var length in script.Pieces)
        {
            await context.Response.Body.WriteAsync(script.Bytes.AsMemory(at, length), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            at += length;
            if (piece++ == script.DemotedBehind)
            {
                _gateway.Services.GetRequiredService<LiveCallers>().Demote("https://development.policygateway.invalid", $"subject-{script.Seed}");
            }
        }

        if (script.Fault == BackendFault.Reset)
        {
            context.Abort();
        }
    }

    [GeneratedRegex("stream (-?[0-9]+)")]
    private static partial Regex StreamNumber();
}
