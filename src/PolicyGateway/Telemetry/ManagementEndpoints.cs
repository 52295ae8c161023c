using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PolicyGateway.Telemetry;

/// <summary><c>/metrics</c>, <c>/healthz/live</c> and <c>/healthz/ready</c>, on the management address only.</summary>
internal static class ManagementEndpoints
{
    public const string ReadyTag = "ready";

    public static IServiceCollection AddManagement(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(_ => ManagementAddress.From(configuration));
        services.AddSingleton<MatcherPolicy, ManagementMatcherPolicy>();
        services.AddHealthChecks()
            .AddCheck<ClassifierHealth>("classifier", tags: [ReadyTag])
            .AddCheck<PolicyHealth>("policy", tags: [ReadyTag]);
        return services;
    }

    public static IEndpointRouteBuilder MapManagement(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPrometheusScrapingEndpoint("/metrics").OnManagementOnly();
        endpoints.MapHealthChecks("/healthz/live", new HealthCheckOptions { Predicate = static _ => false, ResponseWriter = WriteAsync }).OnManagementOnly();
        endpoints.MapHealthChecks("/healthz/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains(ReadyTag), ResponseWriter = WriteAsync }).OnManagementOnly();
        return endpoints;
    }

    /// <summary>Makes endpoints exist on the management address only; who may use them is still theirs to say.</summary>
    public static TBuilder OnManagementOnly<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(ManagementEndpoint.Metadata).DisableHttpMetrics();

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var checks = report.Entries.ToDictionary(
            static entry => entry.Key,
            static entry => entry.Value.Description ?? entry.Value.Status.ToString().ToLowerInvariant());
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new { status = report.Status.ToString().ToLowerInvariant(), checks }, cancellationToken: context.RequestAborted);
    }
}
