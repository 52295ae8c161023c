using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using PolicyGateway.Tests.Fakes;
using PolicyGateway.Tests.Inference;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>The whole gateway with its own telemetry, every request traced, and all that it says of them collected.</summary>
internal sealed class TracedGateway : IAsyncDisposable
{
    private readonly SpanCollector _spans = new();
    private readonly RecordingLogs _logs = new();
    private readonly ConcurrentDictionary<ActivityTraceId, bool> _sent = new();

    public TheGateway The { get; } = new();

    /// <summary>All spans of the requests that were sent; the test's own client is no part of the gateway.</summary>
    public IEnumerable<Activity> Spans => _spans.Ended.Where(span => _sent.ContainsKey(span.TraceId));

    public IEnumerable<string> LogLines => _logs.Lines;

    public static async Task<TracedGateway> StartAsync(Action<TheGateway>? change = null)
    {
        var gateway = new TracedGateway();
        gateway.The.Settings["Telemetry:SampleRatio"] = "1";
        gateway.The.Settings["Logging:LogLevel:Default"] = "Warning";
        gateway.The.Settings["Logging:LogLevel:PolicyGateway"] = "Trace";
        gateway.The.Settings["Logging:Console:LogLevel:Default"] = "None";
        gateway.The.Settings["Logging:Console:LogLevel:PolicyGateway"] = "None";
        gateway.The.Changes = services =>
        {
            services.AddSingleton<ILoggerProvider>(gateway._logs);
            services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(gateway._spans));
        };
        change?.Invoke(gateway.The);
        await gateway.The.InitializeAsync();
        return gateway;
    }

    /// <summary>Sends a request; comes back once its server span has ended, which is after everything was counted.</summary>
    public async Task<(Answer Answer, Trace Trace)> SendAsync(HttpContent content, string? token = null, Action<HttpRequestMessage>? change = null)
    {
        var (trace, parent, server) = Begin();
        var answer = await The.SendAsync(content, token, request =>
        {
            request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-{parent}-01");
            change?.Invoke(request);
        });
        var ended = await server.WaitAsync(TimeSpan.FromSeconds(30));
        return (answer, new Trace(ended, [.. _spans.Ended
            .Where(span => span.TraceId == trace && span.Source.Name == "PolicyGateway")
            .OrderBy(span => span.StartTimeUtc).ThenByDescending(span => span.Duration)]));
    }

    /// <summary>Sends bytes as they are, for what no client would send; a head that ends with one line break gets its traceparent.</summary>
    public async Task SendRawAsync(string head)
    {
        var (trace, parent, server) = Begin();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, The.Url.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{head}traceparent: 00-{trace}-{parent}-01\r\n\r\n"));
        await server.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async Task<string> ScrapeAsync()
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(The.Management, "/metrics"));
    }

    public async ValueTask DisposeAsync()
    {
        await The.DisposeAsync();
        _logs.Dispose();
    }

    private (ActivityTraceId Trace, ActivitySpanId Parent, Task<Activity> Server) Begin()
    {
        var (trace, parent) = (ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom());
        _sent[trace] = true;
        return (trace, parent, _spans.ServerSpanUnder(parent));
    }

    public static string Everything(Activity span) => string.Join('\n',
        [
            span.DisplayName, span.OperationName, span.StatusDescription,
            .. span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"),
            .. span.Events.Select(e => e.Name + string.Join(',', e.Tags.Select(tag => $"{tag.Key}={tag.Value}"))),
        ]);

    /// <summary>Stands behind the hygiene, where an exporter would.</summary>
    private sealed class SpanCollector : BaseProcessor<Activity>
    {
        private readonly ConcurrentDictionary<ActivitySpanId, TaskCompletionSource<Activity>> _awaited = new();

        public ConcurrentQueue<Activity> Ended { get; } = new();

        public Task<Activity> ServerSpanUnder(ActivitySpanId parent) =>
            _awaited.GetOrAdd(parent, _ => new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public override void OnEnd(Activity data)
        {
            Ended.Enqueue(data);

            // The backend's server span is in the trace, too, but under another parent.
            if (data.Kind == ActivityKind.Server && _awaited.TryGetValue(data.ParentSpanId, out var awaited))
            {
                awaited.TrySetResult(data);
            }
        }
    }
}

/// <summary>One request's own spans: the server's, and the steps in the order in which they began.</summary>
internal sealed record Trace(Activity Server, IReadOnlyList<Activity> Steps)
{
    /// <summary>The steps as one reads them, what stands inside another one in braces.</summary>
    public string Story => Tell(Server.SpanId);

    public Activity Step(string name) => Steps.First(step => step.DisplayName == name);

    private string Tell(ActivitySpanId parent) => string.Join(", ", Steps.Where(step => step.ParentSpanId == parent).Select(step =>
        Tell(step.SpanId) is { Length: > 0 } inner ? $"{step.DisplayName}{{{inner}}}" : step.DisplayName));
}
