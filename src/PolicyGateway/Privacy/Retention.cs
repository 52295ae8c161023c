using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Audit;
using PolicyGateway.State;

namespace PolicyGateway.Privacy;

/// <summary>
/// Removes records of the store whose time has come: some days after their end. What has no end yet (a request that waits, a grant
/// that opens something) is never touched. The audit keeps its own retention, and revocations leave when they are lifted.
/// </summary>
internal sealed class Retention(IStateStore store, IAuditLog audit, IOptions<RetentionOptions> options, PrivacyMetrics metrics, TimeProvider time)
{
    /// <summary>Records in one transaction: whoever else writes waits for no more than that.</summary>
    public const int Batch = 100;

    private readonly StateSet<AccessRequest> _requests = AccessRequests.SetOf(store);
    private readonly StateSet<Appeal> _appeals = Appeals.SetOf(store);
    private readonly StateSet<Grant> _grants = GrantBook.SetOf(store);
    private readonly StateSet<QuotaCount> _quotas = GrantQuotas.SetOf(store);
    private readonly StateSet<ApiKey> _keys = KeyRecords.SetOf(store);
    private readonly StateSet<IdempotencyKeys.Answered> _repeats = IdempotencyKeys.SetOf(store);

    /// <summary>Removes what is old enough, and records how much it was.</summary>
    /// <returns>How many records of each kind; kinds of which there were none are left out.</returns>
    public async Task<IReadOnlyDictionary<string, int>> ApplyAsync(CancellationToken cancellationToken)
    {
        var removed = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            var days = options.Value;
            await RemoveAsync("requests", _requests, days.RequestDays, EndOf, removed, cancellationToken);
            await RemoveAsync("appeals", _appeals, days.AppealDays, EndOf, removed, cancellationToken);
            await RemoveAsync("grants", _grants, days.GrantDays, EndOf, removed, cancellationToken);
            await RemoveAsync("keys", _keys, days.KeyDays, EndOf, removed, cancellationToken);
            await RemoveAsync("repeats", _repeats, IdempotencyKeys.Lifetime.Days, static answered => answered.At, removed, cancellationToken);
        }
        finally
        {
            // Also where it ended early: what is gone is told.
            if (removed.Count > 0)
            {
                await audit.CommitAsync(
                    new ChangeRecord { Event = ChangeEvents.RetentionApplied, Target = "state", Details = [.. removed.Select(static pair => KeyValuePair.Create(pair.Key, $"{pair.Value}"))] },
                    CancellationToken.None);
                await store.ScrubAsync(CancellationToken.None);
            }
        }

        return removed;
    }

    private async Task RemoveAsync<T>(
        string kind, StateSet<T> set, int days, Func<T, DateTimeOffset?> endOf, Dictionary<string, int> removed, CancellationToken cancellationToken)
        where T : class
    {
        if (days == 0)
        {
            return;
        }

        var before = time.GetUtcNow() - TimeSpan.FromDays(days);
        string? after = null;
        for (IReadOnlyList<Stored<T>> page; (page = await set.ListAsync(null, cancellationToken, after, limit: 1_000)).Count > 0; after = page[^1].Id)
        {
            foreach (var batch in page.Where(stored => endOf(stored.Value) <= before).Chunk(Batch))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var changes = new List<StateChange>();
                foreach (var stored in batch)
                {
                    changes.AddRange(stored is Stored<Appeal> appeal ? await Appeals.RemovalOfAsync(store, appeal, cancellationToken) : [set.Remove(stored)]);
                    if (stored is Stored<Grant> && await _quotas.FindAsync(stored.Id, cancellationToken) is { } count)
                    {
                        changes.Add(_quotas.Remove(count));
                    }
                }

                // Where somebody changed one of them meanwhile none is removed: the next run finds them again.
                if (await store.TryWriteAsync(changes, cancellationToken))
                {
                    removed[kind] = removed.GetValueOrDefault(kind) + batch.Length;
                    metrics.Removed(kind[..^1], batch.Length);
                }
            }
        }
    }

    /// <summary>An approved request ends with the time that it was approved for.</summary>
    private static DateTimeOffset? EndOf(AccessRequest request) => request switch
    {
        { Status: RequestStatus.Pending } => null,
        { Closed: { } closed } => closed.At,
        { Approvals: [.., var last] } => last.At.AddDays(request.Days),
        _ => request.CreatedAt.AddDays(request.Days),
    };

    private static DateTimeOffset? EndOf(Appeal appeal) => appeal.Status == AppealStatus.Open ? null : appeal.Outcome?.At ?? appeal.DueAt;

    private static DateTimeOffset? EndOf(Grant grant) => Earlier(grant.Revoked?.At, grant.ExpiresAt);

    private static DateTimeOffset? EndOf(ApiKey key) => Earlier(key.Revoked?.At, key.ExpiresAt);

    private static DateTimeOffset Earlier(DateTimeOffset? revoked, DateTimeOffset expires) => revoked < expires ? revoked.Value : expires;
}
