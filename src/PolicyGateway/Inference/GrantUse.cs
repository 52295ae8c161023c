using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Inference;

/// <summary>
/// Counts a release under the grants that it rests on, once for each request and before anything of it leaves. Decisions only read
/// what was counted; this is the one place that counts.
/// </summary>
internal sealed class GrantUse(GrantBook grants, TimeProvider time)
{
    /// <summary>Counts it. Whoever asks decides again then: a quota may have been used up by others since the caller's grants were read.</summary>
    public ValueTask CountAsync(RequestRecord record, LiveCaller live, CancellationToken cancellationToken) =>
        live.Current.Grants.IsEmpty ? ValueTask.CompletedTask : CountNeededAsync(record, live, cancellationToken);

    private async ValueTask CountNeededAsync(RequestRecord record, LiveCaller live, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = time.GetUtcNow();
            var needed = GrantNeeds.Of(live.Current, record.GrantsUsed, caller => record.Refuses(caller, now));
            var quotas = needed.SelectMany(static grant => grant.Quotas).Where(quota => !record.GrantsUsed.Contains(quota.Grant)).DistinctBy(static quota => quota.Grant).ToArray();
            if (quotas.Length == 0 || await TryCountAsync(quotas, live, cancellationToken))
            {
                record.GrantsUsed = [.. record.GrantsUsed.Union(needed.Select(static grant => grant.Id)).Union(quotas.Select(static quota => quota.Grant))];
                return;
            }
        }
    }

    /// <summary>False where one is used up, which the caller's grants say then; another of them may do.</summary>
    private async ValueTask<bool> TryCountAsync(QuotaUse[] quotas, LiveCaller live, CancellationToken cancellationToken)
    {
        try
        {
            if (await grants.Quotas.TryCountAsync(quotas, cancellationToken) is not { } usedUp)
            {
                return true;
            }

            Change(live, grant => grant with { Quotas = [.. grant.Quotas.Select(quota => quota.Grant == usedUp.Grant ? usedUp : quota)] });
        }
        catch (StateUnavailableException)
        {
            // What cannot be counted is not released.
            Change(live, static grant => grant.Quotas.IsEmpty ? grant : grant with { IsUncounted = true });
        }

        return false;
    }

    private static void Change(LiveCaller live, Func<CallerGrant, CallerGrant> change) =>
        live.Change(current => current with { Grants = [.. current.Grants.Select(change)] });
}
