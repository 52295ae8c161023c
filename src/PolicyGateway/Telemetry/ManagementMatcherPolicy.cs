using Microsoft.AspNetCore.Routing.Matching;

namespace PolicyGateway.Telemetry;

/// <summary>Marks an endpoint that exists on the management address only.</summary>
internal sealed class ManagementEndpoint
{
    public static readonly ManagementEndpoint Metadata = new();
}

/// <summary>
/// Keeps the two addresses apart, both ways: a marked endpoint does not exist on the public one and an unmarked one does
/// not exist on the management one. As part of routing it needs no place in the pipeline that somebody could get wrong, and
/// a wrong address looks exactly like an unknown path.
/// </summary>
internal sealed class ManagementMatcherPolicy(ManagementAddress management) : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => int.MinValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Count > 0;

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        var isManagement = management.Received(httpContext);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && isManagement != IsMarked(candidates[i].Endpoint))
            {
                candidates.SetValidity(i, false);
            }
        }

        return Task.CompletedTask;
    }

    private static bool IsMarked(Endpoint endpoint) => endpoint.Metadata.GetMetadata<ManagementEndpoint>() is not null;
}
