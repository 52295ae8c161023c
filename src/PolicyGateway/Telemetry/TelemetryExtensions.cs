using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PolicyGateway.Configuration;
using PolicyGateway.Policy;
using PolicyGateway.Privacy;

namespace PolicyGateway.Telemetry;

/// <summary>Adds traces, metrics and the health checks that <see cref="ManagementEndpoints"/> serves.</summary>
internal static class TelemetryExtensions
{
    private const string Traces = "traces";

    private const string Metrics = "metrics";

    // Named one by one: a subscription to "*" would take in sources that put query strings and bodies into their tags.
    private static readonly string[] Sources = [GatewayTelemetry.SourceName, ServerSpanMiddleware.SourceName];

    private static readonly string[] Meters =
    [
        GatewayTelemetry.SourceName,
        "PolicyGateway.Audit",
        "PolicyGateway.Access",
        "PolicyGateway.Outgoing",
        PrivacyMetrics.MeterName,
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Net.Http",
    ];

    // The built-in boundaries end at 10 s; models answer for minutes.
    private static readonly double[] HttpSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    // What the gateway's own instruments say of each request already, by model: counted twice it would cost every request.
    private static readonly string[] Doubles = ["http.client.request.duration", "http.client.active_requests"];

    public static IServiceCollection AddGatewayTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TelemetryOptions>().BindStrictly(configuration, TelemetryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptions.Validator>();
        services.TryAddSingleton<GatewayTelemetry>();
        services.AddSingleton<DistributedContextPropagator, TraceContextPropagator>();
        services.AddManagement(configuration);

        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, configuration))
            .WithTracing(static tracing => tracing
                .AddSource(Sources)
                .SetSampler(static provider => CreateSampler(provider.GetRequiredService<IOptions<TelemetryOptions>>().Value))
                .AddProcessor(new SpanHygiene()))
            .WithMetrics(static metrics => metrics
                .AddMeter(Meters)
                .AddRuntimeInstrumentation()
                .AddView("http.server.request.duration", new ExplicitBucketHistogramConfiguration { Boundaries = HttpSeconds })
                .AddView(static instrument => Doubles.Contains(instrument.Name) ? MetricStreamConfiguration.Drop : null)
                .AddPrometheusExporter());

        // Made with the meter provider, and not by the first request: dashboards see its zeros from the start.
        services.ConfigureOpenTelemetryMeterProvider(static (provider, _) => provider.GetRequiredService<GatewayTelemetry>().InForce(() =>
            provider.GetRequiredService<IPolicySource>().Current is var policy ? (policy.Version, policy.Profile.Model) : default));

        if (configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.OtlpEndpoint)}"] is { Length: > 0 })
        {
            telemetry
                .WithTracing(static tracing => tracing.AddOtlpExporter(Traces, configure: null))
                .WithMetrics(static metrics => metrics.AddOtlpExporter(Metrics, (Action<OtlpExporterOptions>?)null));
            services.AddOptions<OtlpExporterOptions>(Traces).Configure<IOptions<TelemetryOptions>>(static (to, from) => Point(to, from.Value, Traces));
            services.AddOptions<OtlpExporterOptions>(Metrics).Configure<IOptions<TelemetryOptions>>(static (to, from) => Point(to, from.Value, Metrics));
        }

        return services;
    }

    internal static Sampler CreateSampler(TelemetryOptions options)
    {
        var ratio = new TraceIdRatioBasedSampler(options.SampleRatio);
        return options.FollowCallerSampling
            ? new ParentBasedSampler(ratio)
            : new ParentBasedSampler(ratio, remoteParentSampled: ratio, remoteParentNotSampled: ratio);
    }

    private static void Describe(ResourceBuilder resource, IConfiguration configuration)
    {
        var name = configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.ServiceName)}"] ?? TelemetryOptions.DefaultServiceName;
        var version = typeof(TelemetryExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        resource.AddService(name, serviceVersion: version);
    }

    private static void Point(OtlpExporterOptions exporter, TelemetryOptions options, string signal)
    {
        var isHttp = options.OtlpProtocol == "http/protobuf";
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

        // Over HTTP each signal has its own path, which the exporter adds only to an address from the environment.
        exporter.Endpoint = isHttp ? new Uri($"{options.OtlpEndpoint!.AbsoluteUri.TrimEnd('/')}/v1/{signal}") : options.OtlpEndpoint!;
    }
}
