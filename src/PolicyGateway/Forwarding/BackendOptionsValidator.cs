using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Forwarding;

/// <summary>Names every fault of <c>Backends</c> at once, each by its key.</summary>
internal sealed class BackendOptionsValidator(IConfiguration configuration) : IValidateOptions<BackendOptions>
{
    private static readonly string[] Policies = ["PowerOfTwoChoices", "RoundRobin", "LeastRequests", "Random", "FirstAlphabetical"];

    public ValidateOptionsResult Validate(string? name, BackendOptions options)
    {
        var faults = new List<string>();

        // Not the ladder in service: faults of Identity must not hide those of this section.
        var ladder = new TierLadder((configuration.GetSection(IdentityOptions.Section).Get<IdentityOptions>() ?? new IdentityOptions()).TierNames().Distinct());
        if (options.Clusters.Count == 0)
        {
            faults.Add("Backends:Clusters must name at least one cluster of model servers.");
        }

        if (options.Models.Count == 0)
        {
            faults.Add("Backends:Models must name at least one model and its cluster.");
        }

        foreach (var (key, cluster) in options.Clusters)
        {
            CheckCluster($"Backends:Clusters:{key}", cluster, faults);
        }

        foreach (var (key, model) in options.Models)
        {
            if (!options.Clusters.ContainsKey(model.Cluster))
            {
                faults.Add($"Backends:Models:{key}:Cluster must be one of Backends:Clusters, and '{model.Cluster}' is none.");
            }

            if (model.Tier is { } tier && !ladder.TryGet(tier, out _))
            {
                faults.Add($"Backends:Models:{key}:Tier must be one of Identity:Tiers, and '{tier}' is none.");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckCluster(string key, ClusterOptions cluster, List<string> faults)
    {
        if (cluster.Destinations.Count == 0)
        {
            faults.Add($"{key}:Destinations must hold at least one address.");
        }

        for (var i = 0; i < cluster.Destinations.Count; i++)
        {
            if (!Uri.TryCreate(cluster.Destinations[i], UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
                || uri.Query.Length > 0 || uri.UserInfo.Length > 0)
            {
                faults.Add($"{key}:Destinations:{i} must be an http(s) address without user, password and query.");
            }
        }

        CheckKey(key, cluster, faults);
        CheckTime(faults, $"{key}:ActivityTimeout", cluster.ActivityTimeout);
        CheckTime(faults, $"{key}:HealthInterval", cluster.HealthInterval);
        if (cluster.HealthPath is { } path && !path.StartsWith('/'))
        {
            faults.Add($"{key}:HealthPath must begin with '/'.");
        }

        if (!Policies.Contains(cluster.LoadBalancing))
        {
            faults.Add($"{key}:LoadBalancing must be one of {string.Join(", ", Policies)}.");
        }
    }

    private static void CheckKey(string key, ClusterOptions cluster, List<string> faults)
    {
        if (cluster.ApiKeyEnvironment is { } variable && string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(variable)))
        {
            faults.Add($"{key}:ApiKeyEnvironment names the variable '{variable}', which is not set.");
        }

        if (cluster.ApiKeyFile is { } file && !File.Exists(file))
        {
            faults.Add($"{key}:ApiKeyFile names a file that does not exist.");
        }

        if (cluster.ApiKeyEnvironment is not null && cluster.ApiKeyFile is not null)
        {
            faults.Add($"{key}: set ApiKeyEnvironment or ApiKeyFile, not both.");
        }

        if (!BackendKey.Headers.Contains(cluster.ApiKeyHeader, StringComparer.OrdinalIgnoreCase))
        {
            faults.Add($"{key}:ApiKeyHeader must be one of {string.Join(", ", BackendKey.Headers)}.");
        }
    }

    private static void CheckTime(List<string> faults, string key, TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromHours(1))
        {
            faults.Add($"{key} must be from 00:00:01 to 01:00:00.");
        }
    }
}
