using Microsoft.Extensions.Diagnostics.HealthChecks;
using PolicyGateway.Bundles;
using PolicyGateway.Policy;

namespace PolicyGateway.Telemetry;

/// <summary>Ready once the models are warm: before that the first requests would cost twice what later ones do.</summary>
internal sealed class ClassifierHealth(ClassifierStore classifiers) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(classifiers.Current.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the classifier is not warm"));
}

/// <summary>Ready once a policy is in force. A faulty file later does not undo that: the last good policy stays.</summary>
internal sealed class PolicyHealth(IPolicySource policies) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return Task.FromResult(policies.Current is null ? NotLoaded() : HealthCheckResult.Healthy());
        }
        catch (InvalidOperationException)
        {
            return Task.FromResult(NotLoaded());
        }
    }

    private static HealthCheckResult NotLoaded() => HealthCheckResult.Unhealthy("no policy is in force");
}
