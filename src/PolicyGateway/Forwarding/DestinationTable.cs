using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Model;

namespace PolicyGateway.Forwarding;

/// <summary>Every destination by its id, and which of a cluster's can be asked now.</summary>
internal sealed class DestinationTable
{
    private readonly FrozenDictionary<string, Destination> _byId;

    public DestinationTable(IOptions<BackendOptions> options, TimeProvider time) =>
        _byId = options.Value.Clusters
            .SelectMany(entry => entry.Value.Destinations.Select((destination, index) =>
                new Destination(IdOf(entry.Key, index), destination, entry.Value.CircuitBreaker, time)))
            .ToFrozenDictionary(destination => destination.Id);

    public Destination this[string id] => _byId[id];

    public static string IdOf(string cluster, int index) => $"{cluster}/{index}";

    /// <summary>Those of the first priority that has any: healthy, not to be left alone, and not asked for this request yet.</summary>
    public IReadOnlyList<DestinationState> Candidates(ClusterState cluster, IReadOnlySet<string> asked)
    {
        var found = new List<DestinationState>();
        var first = int.MaxValue;
        foreach (var state in cluster.DestinationsState.AvailableDestinations)
        {
            var destination = _byId[state.DestinationId];
            if (destination.Priority > first || destination.Rest > TimeSpan.Zero || asked.Contains(state.DestinationId))
            {
                continue;
            }

            if (destination.Priority < first)
            {
                first = destination.Priority;
                found.Clear();
            }

            found.Add(state);
        }

        return found;
    }

    /// <summary>When the first of a cluster's destinations may be asked again; null where none is being left alone.</summary>
    public TimeSpan? ShortestRest(ClusterState cluster)
    {
        TimeSpan? shortest = null;
        foreach (var id in cluster.Destinations.Keys)
        {
            var rest = _byId[id].Rest;
            if (rest > TimeSpan.Zero && !(shortest < rest))
            {
                shortest = rest;
            }
        }

        return shortest;
    }
}
