using Microsoft.Extensions.Options;

namespace PolicyGateway.Forwarding;

/// <summary>
/// Bounds how many requests are sent again, over all clusters: when everything fails, retries would double the load at the
/// worst time. Counts in buckets of a second.
/// </summary>
internal sealed class RetryBudget(IOptions<BackendOptions> options, TimeProvider time)
{
    /// <summary>How far back requests count.</summary>
    private const int Seconds = 30;

    /// <summary>Retries within the window that are always allowed, since a share of few requests is none.</summary>
    private const int Least = 10;

    private readonly Lock _counting = new();
    private readonly Bucket[] _buckets = new Bucket[Seconds];

    public void CountRequest()
    {
        lock (_counting)
        {
            Current().Requests++;
        }
    }

    /// <summary>Takes a retry out of the budget; false where none is left.</summary>
    public bool TryRetry()
    {
        var share = options.Value.RetryBudget;
        lock (_counting)
        {
            ref var current = ref Current();
            var (requests, retries) = (0L, 0L);
            foreach (ref readonly var bucket in _buckets.AsSpan())
            {
                if (current.Second - bucket.Second < Seconds)
                {
                    requests += bucket.Requests;
                    retries += bucket.Retries;
                }
            }

            var isLeft = share > 0 && retries < Math.Max(Least, requests * share);
            current.Retries += isLeft ? 1 : 0;
            return isLeft;
        }
    }

    private ref Bucket Current()
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        ref var bucket = ref _buckets[second % Seconds];
        if (bucket.Second != second)
        {
            bucket = new Bucket { Second = second };
        }

        return ref bucket;
    }

    private struct Bucket
    {
        public long Second;
        public long Requests;
        public long Retries;
    }
}
