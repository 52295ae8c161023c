using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Audit;

/// <summary>Registers the audit log.</summary>
internal static class AuditExtensions
{
    public static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>();
        services.AddOptions<AuditOptions>()
            .BindStrictly(configuration, AuditOptions.Section)
            .PostConfigure(options => options.ResolvePaths(DataDirectory(configuration)))
            .ValidateOnStart();
        services.AddSingleton(provider => SqliteAuditLog.Open(
            provider.GetRequiredService<IOptions<AuditOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqliteAuditLog>>()));
        services.AddSingleton<IAuditLog>(provider => provider.GetRequiredService<SqliteAuditLog>());
        services.AddSingleton<AuditReads>();
        services.AddHealthChecks().AddCheck<AuditHealth>("audit", tags: [ManagementEndpoints.ReadyTag]);
        return services.AddHostedService<AuditService>();
    }

    /// <summary>The options as <see cref="AddAudit"/> makes them, for commands that run without a host.</summary>
    public static AuditOptions ReadAuditOptions(this IConfiguration configuration) =>
        (configuration.GetSection(AuditOptions.Section).Get<AuditOptions>() ?? new AuditOptions()).ResolvePaths(DataDirectory(configuration));

    private static string DataDirectory(IConfiguration configuration) => configuration["Gateway:DataDirectory"] ?? "data";
}
