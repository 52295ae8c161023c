using Microsoft.Extensions.Options;

namespace PolicyGateway.Forwarding;

/// <summary>
/// Bounds how many requests are sent again, over all clusters: when everything fails, retries would double the load at the
/// worst time.
/// </summary>
internal sealed class RetryBudget(IOptions<BackendOptions> options, TimeProvider time)
{
    /// <summary>How far back requests count.</summary>
    private const int Seconds = 30;

    /// <summary>Retries within the window that are always allowed, since a share of few requests is none.</summary>
    private const int Least = 10;

    private readonly Lock _counting = new();
    private readonly RecentCounts _recent = new(TimeSpan.FromSeconds(1), Seconds, time);

    public void CountRequest()
    {
        lock (_counting)
        {
            _recent.Add(1, 0);
        }
    }

    /// <summary>Takes a retry out of the budget; false where none is left.</summary>
    public bool TryRetry()
    {
        var share = options.Value.RetryBudget;
        lock (_counting)
        {
            var (requests, retries) = _recent.Sum();
            var isLeft = share > 0 && retries < Math.Max(Least, requests * share);
            _recent.Add(0, isLeft ? 1 : 0);
            return isLeft;
        }
    }
}
