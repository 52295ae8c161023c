using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Inference;

/// <summary>How often one caller may ask the classifier; callers without a token are one.</summary>
internal sealed class ModerationLimit(IOptions<ModerationsOptions> options) : IDisposable
{
    private readonly PartitionedRateLimiter<Caller> _limiter = PartitionedRateLimiter.Create<Caller, (string?, string?)>(caller =>
        RateLimitPartition.GetTokenBucketLimiter((caller.Issuer, caller.Subject), _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Value.TextsPerMinute,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / options.Value.TextsPerMinute,
            QueueLimit = 0,
        }));

    /// <summary>Takes so many texts off the caller's minute; else says in how many seconds there is room.</summary>
    public int? Take(Caller caller, int texts)
    {
        using var lease = _limiter.AttemptAcquire(caller, texts);
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
            : 60;
    }

    public void Dispose() => _limiter.Dispose();
}
