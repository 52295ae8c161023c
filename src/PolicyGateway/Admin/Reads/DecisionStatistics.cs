using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>Counts what was decided, from the audit, and how even its mistakes are spread.</summary>
internal sealed class DecisionStatistics(AuditReads reads, Appeals appeals, TimeProvider time)
{
    /// <summary>Records that are counted for one answer; a longer time is asked for in parts.</summary>
    public const int MostRecords = 500_000;

    public const int MostBuckets = 1_000;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>The last week by default.</summary>
    public async Task<AccessResult<StatisticsView>> OfAsync(DateTimeOffset? from, DateTimeOffset? to, Bucket bucket, CancellationToken cancellationToken)
    {
        var until = (to ?? time.GetUtcNow()).ToUniversalTime();
        var since = (from ?? (until > DateTimeOffset.MinValue.AddDays(7) ? until.AddDays(-7) : DateTimeOffset.MinValue)).ToUniversalTime();
        if (since >= until)
        {
            return AccessFault.Invalid("from is not before to.");
        }

        if ((until - since) / (bucket == Bucket.Hour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1)) > MostBuckets)
        {
            return AccessFault.Invalid($"from, to: more than {MostBuckets} buckets; ask for a shorter time or for days.");
        }

        var verdicts = await appeals.StatusesAsync(cancellationToken);
        return await reads.StaffAsync((database, token) => Count(database, since, until, bucket, verdicts, token), cancellationToken, Longest);
    }

    private static AccessResult<StatisticsView> Count(
        AuditDatabase database, DateTimeOffset from, DateTimeOffset to, Bucket bucket, IReadOnlyDictionary<string, AppealStatus> appealed, CancellationToken cancellationToken)
    {
        var (first, end) = (database.FirstAt(from), database.FirstAt(to));
        if (end - first > MostRecords)
        {
            return AccessFault.Invalid($"from, to: the time holds {end - first} records, and {MostRecords} are the most that are counted at once.");
        }

        var (traffic, holds) = (new TrafficTally(bucket), new FalseHoldTally(appealed));
        foreach (var line in database.ReadLines(new AuditPlace(), first, end))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.IsDecision)
            {
                traffic.Add(line);
                holds.Add(line);
            }
        }

        return new StatisticsView(from, to, bucket, traffic.ToCounts(), holds.ToView());
    }
}
