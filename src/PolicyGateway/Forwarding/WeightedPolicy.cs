using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace PolicyGateway.Forwarding;

/// <summary>Picks by chance, each destination as often as its weight says.</summary>
internal sealed class WeightedPolicy(DestinationTable table) : ILoadBalancingPolicy
{
    public const string PolicyName = "Weighted";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        var all = 0;
        foreach (var destination in availableDestinations)
        {
            all += table[destination.DestinationId].Weight;
        }

        var left = Random.Shared.Next(Math.Max(1, all));
        foreach (var destination in availableDestinations)
        {
            left -= table[destination.DestinationId].Weight;
            if (left < 0)
            {
                return destination;
            }
        }

        return null;
    }
}
