using System.Collections.Immutable;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>Which of a caller's grants a release rests on. Pure.</summary>
internal static class GrantNeeds
{
    /// <summary>
    /// Grants without which it would be refused, and no more than that takes: of two that open the same, one that costs no quota, or
    /// was counted for it already, and else the first.
    /// </summary>
    /// <param name="caller">To whom it is about to be released.</param>
    /// <param name="counted">Grants that this release was counted under.</param>
    /// <param name="refuses">Whether it would be refused to a caller.</param>
    /// <returns>None where it is refused, or would be released to him without any.</returns>
    public static ImmutableArray<CallerGrant> Of(Caller caller, ImmutableArray<string> counted, Func<Caller, bool> refuses)
    {
        if (caller.Grants.IsEmpty || refuses(caller))
        {
            return [];
        }

        // Dropped one by one, the dearest first; what cannot be dropped is needed.
        var grants = caller.Grants;
        foreach (var grant in caller.Grants.Reverse().OrderByDescending(grant => Cost(grant, counted)))
        {
            var without = grants.Remove(grant);
            if (!refuses(caller with { Grants = without }))
            {
                grants = without;
            }
        }

        return grants;
    }

    private static int Cost(CallerGrant grant, ImmutableArray<string> counted) => counted.Contains(grant.Id) ? 0 : grant.Quotas.IsEmpty ? 1 : 2;
}
