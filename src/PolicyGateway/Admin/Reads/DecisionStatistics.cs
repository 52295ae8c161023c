using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>Counts what was decided, from the audit, and how even its mistakes are spread.</summary>
internal sealed class DecisionStatistics(AuditReads reads, Appeals appeals, CountedHours hours, TimeProvider time)
{
    public const int MostBuckets = 1_000;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>The last week by default.</summary>
    public async Task<AccessResult<StatisticsView>> OfAsync(DateTimeOffset? from, DateTimeOffset? to, Bucket bucket, CancellationToken cancellationToken)
    {
        var until = (to ?? time.GetUtcNow()).ToUniversalTime();
        var since = (from ?? (until > DateTimeOffset.MinValue.AddDays(7) ? until.AddDays(-7) : DateTimeOffset.MinValue)).ToUniversalTime();
        if (since >= until)
        {
            return AccessFault.BadQuery("from is not before to.");
        }

        if ((until - since) / (bucket == Bucket.Hour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1)) > MostBuckets)
        {
            return AccessFault.BadQuery($"from, to: more than {MostBuckets} buckets; ask for a shorter time or for days.");
        }

        var verdicts = await appeals.StatusesAsync(cancellationToken);
        return await reads.StaffAsync((database, token) => Count(database, since, until, bucket, verdicts, token), cancellationToken, Longest);
    }

    private AccessResult<StatisticsView> Count(
        AuditDatabase database, DateTimeOffset from, DateTimeOffset to, Bucket bucket, IReadOnlyDictionary<string, AppealStatus> appealed, CancellationToken cancellationToken)
    {
        if (hours.Count(database, from, to, cancellationToken) is not { } tallies)
        {
            return AccessFault.BadQuery($"from, to: more than {CountedHours.MostRecords} records would have to be read; ask for a shorter time, and then for the longer one.");
        }

        var holds = new FalseHoldTally();
        foreach (var tally in tallies)
        {
            holds.Add(tally.Holds);
        }

        // Few among many: each by its id.
        foreach (var (id, status) in appealed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var line in database.ReadDecisionLines(id).Where(line => line.IsDecision && line.RecordedAt >= from && line.RecordedAt < to))
            {
                holds.Add(line, status);
            }
        }

        return new StatisticsView(from, to, bucket, TrafficTally.Sum(tallies.Select(static tally => tally.Traffic), bucket), holds.ToView());
    }
}
