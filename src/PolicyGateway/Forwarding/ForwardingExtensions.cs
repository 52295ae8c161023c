using System.Diagnostics;
using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Dialects;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms.Builder;

namespace PolicyGateway.Forwarding;

/// <summary>Turns <c>Backends</c> into YARP's routes and clusters: one route per dialect's path, one cluster per entry.</summary>
internal static class ForwardingExtensions
{
    public static IServiceCollection AddForwarding(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<BackendOptions>().BindStrictly(configuration, BackendOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BackendOptions>, BackendOptionsValidator>();
        services.AddSingleton<ModelRouter>().AddSingleton<RequestEdits>().AddSingleton<DestinationTable>().AddSingleton<RetryBudget>().AddSingleton<FailOver>();
        services.AddSingleton<ILoadBalancingPolicy, WeightedPolicy>();
        services.AddSingleton<IProxyConfigProvider>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<BackendOptions>>().Value;
            return new InMemoryConfigProvider(Routes(options, provider.GetRequiredService<DialectTable>()), Clusters(options));
        });
        services.AddSingleton<ITransformProvider>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<BackendOptions>>().Value;
            return new BackendTransforms(
                provider.GetRequiredService<DialectTable>(), Keys(options), options.Clusters, provider.GetRequiredService<DistributedContextPropagator>());
        });
        services.AddSingleton<IForwarderHttpClientFactory, BackendClients>();
        services.AddReverseProxy();
        return services;
    }

    private static List<RouteConfig> Routes(BackendOptions options, DialectTable dialects) =>
    [
        .. dialects.Routes.Select(route => new RouteConfig
        {
            RouteId = route.Path,
            // Each attempt moves the request to its model's cluster; a route must name one.
            ClusterId = options.Clusters.Keys.First(),
            Match = new RouteMatch { Path = route.Path, Methods = ["POST"] },
        }),
    ];

    private static List<ClusterConfig> Clusters(BackendOptions options) =>
    [
        .. options.Clusters.Select(entry => new ClusterConfig
        {
            ClusterId = entry.Key,
            LoadBalancingPolicy = entry.Value.LoadBalancing,
            Destinations = entry.Value.Destinations
                .Select((destination, index) => (destination.Address, index))
                .ToDictionary(pair => DestinationTable.IdOf(entry.Key, pair.index), pair => new DestinationConfig { Address = pair.Address }),
            HttpRequest = new ForwarderRequestConfig { ActivityTimeout = entry.Value.ActivityTimeout },
            HealthCheck = HealthCheck(entry.Value),
        }),
    ];

    private static HealthCheckConfig HealthCheck(ClusterOptions cluster) => new()
    {
        Active = cluster.HealthPath is null ? null : new ActiveHealthCheckConfig
        {
            Enabled = true,
            Interval = cluster.HealthInterval,
            Timeout = TimeSpan.FromSeconds(5),
            Path = cluster.HealthPath,
        },
        Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = "TransportFailureRate", ReactivationPeriod = cluster.HealthInterval },
    };

    private static Dictionary<string, BackendKey> Keys(BackendOptions options)
    {
        var keys = new Dictionary<string, BackendKey>(StringComparer.Ordinal);
        foreach (var (name, cluster) in options.Clusters)
        {
            if (BackendKey.Read(cluster.ApiKeyHeader, cluster.ApiKeyEnvironment, cluster.ApiKeyFile) is { } key)
            {
                keys.Add(name, key);
            }
        }

        return keys;
    }
}
