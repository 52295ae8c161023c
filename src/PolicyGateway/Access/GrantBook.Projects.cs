using System.Collections.Immutable;
using PolicyGateway.Identity;

namespace PolicyGateway.Access;

internal sealed partial class GrantBook
{
    /// <summary>What would count for another token of the same person, which a request is told of.</summary>
    private IEnumerable<CallerGrant> OfOtherProjects(ImmutableArray<Grant> own, ImmutableArray<Grant> held, string model, DateTimeOffset now, IEnumerable<CallerGrant> counting) =>
        Counting(own, held, grant => grant.ExpiresAt > now && grant.Covers(model))
            .Where(grant => !counting.Any(counted => counted.Id == grant.Id))
            .Select(static grant => grant.ForCaller() with { IsOfOtherProject = true });
}
