using System.Threading.RateLimiting;

namespace PolicyGateway.Access;

/// <summary>Changes that one person may make in a minute: each is several syncs to disk, which everybody's releases wait behind.</summary>
internal sealed class ChangeLimit : IDisposable
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private const int PerMinute = 60;

    public static readonly AccessFault Fault = new(StatusCodes.Status429TooManyRequests, "too_many_requests", $"More than {PerMinute} changes in a minute.") { RetryAfter = RetryAfter };

    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(static person =>
        RateLimitPartition.GetTokenBucketLimiter(person, static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = PerMinute,
            TokensPerPeriod = PerMinute / 6,
            ReplenishmentPeriod = RetryAfter,
        }));

    public bool Allows(PersonRef person)
    {
        using var permit = _limiter.AttemptAcquire(person.Key());
        return permit.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();
}
