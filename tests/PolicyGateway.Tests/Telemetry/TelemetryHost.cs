using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Telemetry;

/// <summary>A real Kestrel on two ports with the telemetry and a few public endpoints, and the spans that it exports.</summary>
internal sealed class TelemetryHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SpanCollector _spans;

    private TelemetryHost(WebApplication app, SpanCollector spans, Uri publicUrl, Uri managementUrl)
    {
        _app = app;
        _spans = spans;

        // Without the client's own span, and its header in place of the test's.
        Public = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = publicUrl };
        Management = new HttpClient { BaseAddress = managementUrl };
    }

    public HttpClient Public { get; }

    public HttpClient Management { get; }

    public SwitchedClassifier Classifier => (SwitchedClassifier)_app.Services.GetRequiredService<ClassifierStore>().Current;

    public GatewayTelemetry Telemetry => _app.Services.GetRequiredService<GatewayTelemetry>();

    public static async Task<TelemetryHost> StartAsync(params (string Key, string? Value)[] settings)
    {
        var (publicUrl, managementUrl) = (FreeAddress(), FreeAddress());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(pair => pair.Key, pair => pair.Value));
        builder.Configuration["Gateway:ManagementUrl"] = managementUrl.ToString();
        builder.WebHost.UseKestrelCore().UseUrls(publicUrl.ToString(), managementUrl.ToString());
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        builder.Services.AddSingleton(new ClassifierStore(new SwitchedClassifier()));
        builder.Services.AddSingleton<IPolicySource, SomePolicy>();
        builder.Services.AddGatewayTelemetry(builder.Configuration);
        var spans = new SpanCollector();
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans));

        var app = builder.Build();
        app.UseMiddleware<ServerSpanMiddleware>();
        app.UseRouting();
        app.MapManagement();
        app.MapGet("/v1/things/{id}", (GatewayTelemetry telemetry) =>
        {
            using var step = telemetry.Step("read");
            return "thing";
        });
        app.MapGet("/fails", string () => throw new InvalidOperationException("secret"));
        app.MapFallback(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("public fallback");
        });
        await app.StartAsync();
        return new TelemetryHost(app, spans, publicUrl, managementUrl);
    }

    /// <summary>Sends a request to the public address and gives the spans of its trace, once that many have ended.</summary>
    public async Task<IReadOnlyList<Activity>> TraceAsync(HttpRequestMessage request, int atLeast)
    {
        var trace = ActivityTraceId.CreateRandom();
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var response = await Public.SendAsync(request);

        // A server's span ends after its response was sent.
        for (var i = 0; i < 500 && Ended().Count < atLeast; i++)
        {
            await Task.Delay(10);
        }

        return Ended();

        // Sources are known by name in the whole process, so that spans of other tests come by, too.
        List<Activity> Ended() => [.. _spans.Ended.Where(span => span.TraceId == trace)];
    }

    public async ValueTask DisposeAsync()
    {
        Public.Dispose();
        Management.Dispose();
        await _app.DisposeAsync();
    }

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    /// <summary>Stands behind the hygiene, where an exporter would.</summary>
    private sealed class SpanCollector : BaseProcessor<Activity>
    {
        public System.Collections.Concurrent.ConcurrentQueue<Activity> Ended { get; } = new();

        public override void OnEnd(Activity data) => Ended.Enqueue(data);
    }

    private sealed class SomePolicy : IPolicySource
    {
        public PolicySnapshot Current { get; } = PolicyCheck.CheckText("""{"name":"some","categories":{"cyber":{}}}""", ThePolicy.Ladder, ThePolicy.Profile with { Model = "test-1" }).Snapshot!;
    }
}

/// <summary>A classifier that is warm or not, as the test says.</summary>
internal sealed class SwitchedClassifier : IClassifier
{
    public ClassifierProfile Profile { get; } = new("test-1", [], []);

    public bool IsReady { get; set; } = true;

    public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken) =>
        new(Scores.Unknown(UnknownReason.NotReady, "test", Profile.Model));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
