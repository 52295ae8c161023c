using Microsoft.Extensions.Options;

namespace PolicyGateway.Forwarding;

/// <summary>Names every fault of <c>Backends</c> at once, each by its key.</summary>
internal sealed class BackendOptionsValidator(IConfiguration configuration) : IValidateOptions<BackendOptions>
{
    private static readonly string[] Policies =
        [WeightedPolicy.PolicyName, "PowerOfTwoChoices", "RoundRobin", "LeastRequests", "Random", "FirstAlphabetical"];

    public ValidateOptionsResult Validate(string? name, BackendOptions options)
    {
        var faults = new List<string>();
        CheckRange(faults, "Backends:MaxAttempts", options.MaxAttempts, 1, 10);
        CheckRange(faults, "Backends:RetryBudget", options.RetryBudget, 0.0, 1.0);
        if (options.Clusters.Count == 0)
        {
            faults.Add("Backends:Clusters must name at least one cluster of model servers.");
        }

        foreach (var (key, cluster) in options.Clusters)
        {
            CheckCluster($"Backends:Clusters:{key}", cluster, faults);
        }

        faults.AddRange(new ModelCheck(options, configuration).Faults());
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private void CheckCluster(string key, ClusterOptions cluster, List<string> faults)
    {
        if (cluster.Destinations.Count == 0)
        {
            faults.Add($"{key}:Destinations must hold at least one address.");
        }

        for (var i = 0; i < cluster.Destinations.Count; i++)
        {
            CheckDestination($"{key}:Destinations:{i}", cluster.Destinations[i], faults);
        }

        faults.AddRange(BackendKey.Faults(key, cluster.ApiKeyEnvironment, cluster.ApiKeyFile, cluster.ApiKeyHeader));
        CheckRange(faults, $"{key}:ActivityTimeout", cluster.ActivityTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        CheckRange(faults, $"{key}:ResponseTimeout", cluster.ResponseTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        CheckRange(faults, $"{key}:HealthInterval", cluster.HealthInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (cluster.HealthPath is { } path && !path.StartsWith('/'))
        {
            faults.Add($"{key}:HealthPath must begin with '/'.");
        }

        if (!Policies.Contains(cluster.LoadBalancing))
        {
            faults.Add($"{key}:LoadBalancing must be one of {string.Join(", ", Policies)}.");
        }
        else if (cluster.LoadBalancing != WeightedPolicy.PolicyName && cluster.Destinations.Exists(destination => destination.Weight != 1))
        {
            faults.Add($"{key}:LoadBalancing must be {WeightedPolicy.PolicyName} where a destination has a Weight.");
        }

        if (!Enum.IsDefined(cluster.SafetyIdentifier))
        {
            faults.Add($"{key}:SafetyIdentifier must be Auto, None or Pseudonym.");
        }

        CheckBreaker($"{key}:CircuitBreaker", cluster.CircuitBreaker, faults);
        faults.AddRange(SignalCheck.Faults($"{key}:Signals", cluster.Signals));
    }

    private void CheckDestination(string key, DestinationOptions destination, List<string> faults)
    {
        var section = configuration.GetSection(key);
        if (section.Value is not null && section.GetChildren().Any())
        {
            faults.Add($"{key} must be an address or an object with an Address; two sources of configuration make it both.");
        }

        if (!Uri.TryCreate(destination.Address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            || uri.Query.Length > 0 || uri.UserInfo.Length > 0)
        {
            faults.Add($"{key} must be an http(s) address without user, password and query, or an object with such an Address.");
        }

        CheckRange(faults, $"{key}:Weight", destination.Weight, 1, 1000);
        CheckRange(faults, $"{key}:Priority", destination.Priority, 0, 100);
    }

    private static void CheckBreaker(string key, CircuitBreakerOptions breaker, List<string> faults)
    {
        CheckRange(faults, $"{key}:FailureRatio", breaker.FailureRatio, 0.01, 1.0);
        CheckRange(faults, $"{key}:MinimumRequests", breaker.MinimumRequests, 2, 10_000);
        CheckRange(faults, $"{key}:Window", breaker.Window, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        CheckRange(faults, $"{key}:BreakDuration", breaker.BreakDuration, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
    }

    private static void CheckRange<T>(List<string> faults, string key, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            faults.Add($"{key} must be from {least} to {most}.");
        }
    }
}
