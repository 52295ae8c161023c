using Yarp.ReverseProxy.Model;

namespace PolicyGateway.Forwarding;

/// <summary>A model and who serves it.</summary>
/// <param name="Name">Its own name, not an alias.</param>
/// <param name="Upstream">What its backends call it.</param>
/// <param name="Cluster">Its backends.</param>
internal sealed record ServedModel(string Name, string Upstream, ClusterState Cluster)
{
    /// <summary>What its backends are told of who asks; null where they are told nothing.</summary>
    public string? EndUser { get; init; }
}

/// <summary>Who may answer one request: the model that was asked for, then its fallbacks; all of them open to the caller.</summary>
internal sealed record ServedModels(IReadOnlyList<ServedModel> InOrder);
