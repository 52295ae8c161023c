using Microsoft.Extensions.Options;
using PolicyGateway.Identity;
using Yarp.ReverseProxy;

namespace PolicyGateway.Forwarding;

/// <summary>Which models a caller may name, and which cluster serves each.</summary>
internal sealed class ModelRouter(IOptions<BackendOptions> options, TierLadder ladder, IProxyStateLookup clusters)
{
    /// <summary>Models that this caller sees, in the order of their names.</summary>
    public IEnumerable<string> VisibleTo(Caller caller) =>
        options.Value.Models.Keys.Where(name => IsVisible(name, caller)).Order(StringComparer.Ordinal);

    /// <summary>A model that is not listed, or not for this caller, does not exist.</summary>
    public bool IsVisible(string model, Caller caller) =>
        options.Value.Models.TryGetValue(model, out var entry)
        && (entry.Tier is not { } name || (ladder.TryGet(name, out var tier) && caller.Tier.AtLeast(tier)));

    /// <summary>Points the request at its model's cluster.</summary>
    public bool TryRoute(HttpContext context, string model, Caller caller)
    {
        if (!IsVisible(model, caller) || !clusters.TryGetCluster(options.Value.Models[model].Cluster, out var cluster))
        {
            return false;
        }

        var route = context.GetReverseProxyFeature().Route;
        context.ReassignProxyRequest(route, cluster);
        return true;
    }
}
