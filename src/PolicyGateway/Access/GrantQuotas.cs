using System.Collections.Immutable;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>How much was released under a grant in a period; its id is the grant's.</summary>
internal sealed record QuotaCount(DateTimeOffset Since, int Used);

/// <summary>
/// What is used of the quotas of grants. A request that needs no such grant reads and writes nothing here; one that does writes
/// before its answer leaves, so that neither a restart nor many at once release more than the quota.
/// </summary>
internal sealed class GrantQuotas(IStateStore store, TimeProvider time)
{
    private readonly StateSet<QuotaCount> _set = SetOf(store);

    /// <summary>The counts of a store, for those who look after all of its records.</summary>
    public static StateSet<QuotaCount> SetOf(IStateStore store) => new(store, "quota", static _ => []);

    /// <summary>A grant as it counts for a request, with what is used of its quota and of that of the grant that it is part of.</summary>
    public async ValueTask<CallerGrant> AttachAsync(Grant grant, Grant? within, CancellationToken cancellationToken)
    {
        if (grant.Quota is null && within?.Quota is null)
        {
            return grant.ForCaller();
        }

        var quotas = ImmutableArray.CreateBuilder<QuotaUse>();
        foreach (var counted in new[] { grant, within })
        {
            if (counted?.Quota is { } quota)
            {
                quotas.Add(UseOf(counted.Id, quota, counted.NotBefore, (await _set.FindAsync(counted.Id, cancellationToken))?.Value));
            }
        }

        return grant.ForCaller() with { Quotas = quotas.ToImmutable() };
    }

    /// <summary>Counts one release under each, durably, or under none.</summary>
    /// <param name="quotas">Of different grants.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where it was counted; else one that is used up.</returns>
    public async ValueTask<QuotaUse?> TryCountAsync(IReadOnlyCollection<QuotaUse> quotas, CancellationToken cancellationToken)
    {
        // Whoever loses against another looks again, until one of them has found that nothing is left.
        while (true)
        {
            var changes = new List<StateChange>(quotas.Count);
            foreach (var quota in quotas)
            {
                var stored = await _set.FindAsync(quota.Grant, cancellationToken);
                var use = UseOf(quota.Grant, new GrantQuota(quota.Releases, quota.PerDays), quota.Since, stored?.Value);
                if (use.Used >= use.Releases)
                {
                    return use;
                }

                var count = new QuotaCount(use.Since, use.Used + 1);
                changes.Add(stored is null ? _set.Add(quota.Grant, count) : _set.Replace(stored, count));
            }

            if (await store.TryWriteAsync(changes, cancellationToken))
            {
                return null;
            }
        }
    }

    /// <param name="grant">The grant's id.</param>
    /// <param name="quota">How much it opens.</param>
    /// <param name="begin">When any period of it began.</param>
    /// <param name="count">What is kept; a count of a later period is one from before the clock was set back, and counts.</param>
    private QuotaUse UseOf(string grant, GrantQuota quota, DateTimeOffset begin, QuotaCount? count)
    {
        var since = quota.PeriodAt(begin, time.GetUtcNow());
        var (from, used) = count is not null && count.Since >= since ? (count.Since, count.Used) : (since, 0);
        return new QuotaUse(grant, quota.Releases, quota.PerDays, used, from, from.AddDays(quota.PerDays));
    }
}
