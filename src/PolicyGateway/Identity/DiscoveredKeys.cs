namespace PolicyGateway.Identity;

/// <summary>
/// An issuer's keys from its discovery document, or from the key set that is configured. There is no last known good set: past
/// <see cref="IdentityOptions.KeyMaximumAge"/> old keys count for nothing, so a removed key is bounded in time even
/// when the issuer cannot be reached. At most one fetch runs at a time and everybody who needs it waits for that one.
/// </summary>
internal sealed partial class DiscoveredKeys(
    IssuerOptions issuer,
    IdentityOptions options,
    KeyDownload download,
    TimeProvider time,
    ILogger<DiscoveredKeys> logger) : IIssuerKeys
{
    /// <summary>Rest after a failed fetch: requests in between fail at once instead of queueing on a dead issuer.</summary>
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Uri _address = issuer.JwksUri ?? issuer.DiscoveryAddress()!;

    // Written by the one running fetch, read by everybody; ages use the monotonic clock, so setting the wall clock
    // back does not make old keys young.
    private volatile Fetched? _current;

    // Under _gate.
    private Task _fetch = Task.CompletedTask;
    private long? _lastFailure;
    private long? _lastForced;

    public ValueTask<IssuerKeySet?> GetAsync()
    {
        var current = _current;
        var age = Age(current);
        if (age < options.KeyRefreshInterval)
        {
            return new(current!.Keys);
        }

        var fetch = Fetch(forced: false);
        return age < options.KeyMaximumAge ? new(current!.Keys) : AfterAsync(fetch);
    }

    public ValueTask<IssuerKeySet?> RefreshAsync(IssuerKeySet seen)
    {
        // Somebody else may have fetched while this token was being looked at.
        var current = _current;
        return current is not null && current.Keys.Version != seen.Version
            ? new(current.Keys)
            : AfterAsync(Fetch(forced: true));
    }

    private async ValueTask<IssuerKeySet?> AfterAsync(Task fetch)
    {
        await fetch.ConfigureAwait(false);
        var current = _current;
        return Age(current) < options.KeyMaximumAge ? current!.Keys : null;
    }

    private TimeSpan Age(Fetched? fetched) =>
        fetched is null ? TimeSpan.MaxValue : time.GetElapsedTime(fetched.At);

    private Task Fetch(bool forced)
    {
        lock (_gate)
        {
            if (!_fetch.IsCompleted)
            {
                return _fetch;
            }

            if (Within(_lastFailure, RestAfterFailure) || (forced && Within(_lastForced, options.UnknownKeyRefreshInterval)))
            {
                return Task.CompletedTask;
            }

            _lastForced = forced ? time.GetTimestamp() : _lastForced;
            return _fetch = Task.Run(FetchAsync);
        }
    }

    private bool Within(long? timestamp, TimeSpan span) =>
        timestamp is { } then && time.GetElapsedTime(then) < span;

    private async Task FetchAsync()
    {
        var before = _current;
        var startedAt = time.GetTimestamp();
        try
        {
            var keys = await (issuer.JwksUri is null ? download.GetAsync(_address, issuer.Issuer) : download.GetKeySetAsync(_address)).ConfigureAwait(false);
            var same = before is not null && before.Keys.Version == keys.Version;

            // The same keys stay the same object: remembered tokens are bound to it and survive.
            _current = new Fetched(same ? before!.Keys : keys, startedAt);
            if (!same)
            {
                Log.Changed(logger, issuer.Name, keys.Keys.Length);
            }
        }
#pragma warning disable CA1031 // Whatever broke, the answer is the same: no new keys, and the old ones keep ageing.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            lock (_gate)
            {
                _lastFailure = time.GetTimestamp();
            }

            Log.Failed(logger, issuer.Name, _address, exception);
        }
    }

    private sealed record Fetched(IssuerKeySet Keys, long At);

    private static partial class Log
    {
        [LoggerMessage(EventName = "IssuerKeysChanged", Level = LogLevel.Information, Message = "Issuer {Issuer} has new keys ({Count}).")]
        public static partial void Changed(ILogger logger, string issuer, int count);

        [LoggerMessage(EventName = "IssuerKeysFailed", Level = LogLevel.Warning, Message = "The keys of issuer {Issuer} could not be fetched from {Address}; without keys its tokens are refused.")]
        public static partial void Failed(ILogger logger, string issuer, Uri address, Exception exception);
    }
}
