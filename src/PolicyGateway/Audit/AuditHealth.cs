using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PolicyGateway.Audit;

/// <summary>Not ready while the log cannot be written: gated releases are refused then, and another instance may have room.</summary>
internal sealed class AuditHealth(SqliteAuditLog log) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(log.Fault is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the audit cannot be written"));
}
