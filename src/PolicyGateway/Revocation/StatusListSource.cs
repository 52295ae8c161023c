using PolicyGateway.Identity;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Revocation;

/// <summary>
/// One status list, kept while it may be. It is fetched anew before it must be, so that nobody waits, and at most one fetch runs
/// at a time. Where it cannot be fetched the old one counts until its <c>ttl</c> ends, and then nothing does.
/// </summary>
internal sealed partial class StatusListSource(
    TokenIssuer issuer, string uri, StatusListDownload download, GatewayTelemetry telemetry, TimeProvider time, ILogger logger)
{
    /// <summary>A list that may be kept for longer is asked for again all the same, and opens no gated category any more.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(60);

    /// <summary>Longer than the time between two looks at the answers under way, which then see that there is no list.</summary>
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();

    // Written by the one running fetch, read by everybody; ages use the monotonic clock.
    private volatile Fetched? _current;
    private volatile bool _failed;
    private long _usedAt = time.GetTimestamp();

    // Under _gate.
    private Task _fetch = Task.CompletedTask;
    private long _failedAt;

    public TimeSpan Unused => time.GetElapsedTime(Volatile.Read(ref _usedAt));

    public int Size => _current?.Value.List.Size ?? 0;

    /// <summary>Whether the list is as young as gated categories take: one that cannot be fetched may count for longer otherwise.</summary>
    public bool IsFresh => _current is { } current && time.GetElapsedTime(current.At) < LongestRest;

    /// <summary>The list that counts now; null where there is none.</summary>
    public ValueTask<StatusList?> GetAsync()
    {
        Volatile.Write(ref _usedAt, time.GetTimestamp());
        var current = _current;
        if (current is not null && Counts(current))
        {
            var age = time.GetElapsedTime(current.At);
            if (age < Early(current))
            {
                return new(current.Value.List);
            }

            var refresh = Fetch();

            // Who is known to be away is not waited for while the old list counts.
            return age < Rest(current) || _failed ? new(current.Value.List) : AfterAsync(refresh);
        }

        return AfterAsync(Fetch());
    }

    /// <summary>The same without waiting.</summary>
    /// <param name="list">The list that counts now; null where there is none.</param>
    /// <returns>False where a fetch under way has yet to say.</returns>
    public bool TryGet(out StatusList? list)
    {
        var asked = GetAsync().AsTask();
        list = _current is { } current && Counts(current) ? current.Value.List : null;
        return asked.IsCompleted || list is not null;
    }

    private async ValueTask<StatusList?> AfterAsync(Task fetch)
    {
        await fetch.ConfigureAwait(false);
        return _current is { } current && Counts(current) ? current.Value.List : null;
    }

    private bool Counts(Fetched fetched) =>
        time.GetElapsedTime(fetched.At) < fetched.Value.TimeToLive && !(fetched.Value.ExpiresAt <= time.GetUtcNow());

    private static TimeSpan Rest(Fetched fetched) => fetched.Value.TimeToLive < LongestRest ? fetched.Value.TimeToLive : LongestRest;

    /// <summary>Early enough for a fetch to end, well or not, before the list must be fetched.</summary>
    private static TimeSpan Early(Fetched fetched)
    {
        var rest = Rest(fetched);
        return rest > 2 * StatusListDownload.LongestFetch ? rest - StatusListDownload.LongestFetch : rest;
    }

    private Task Fetch()
    {
        lock (_gate)
        {
            // Between the caller's look at the list and this one a fetch may have ended.
            if (_current is { } current && Counts(current) && time.GetElapsedTime(current.At) < Early(current))
            {
                return Task.CompletedTask;
            }

            return !_fetch.IsCompleted ? _fetch
                : _failed && time.GetElapsedTime(_failedAt) < RestAfterFailure ? Task.CompletedTask
                : _fetch = Task.Run(FetchAsync);
        }
    }

    private async Task FetchAsync()
    {
        var at = time.GetTimestamp();
        try
        {
            var fetched = await download.GetAsync(issuer, uri).ConfigureAwait(false);
            if (_current?.Value.IssuedAt > fetched.IssuedAt)
            {
                throw new InvalidDataException("The status list is older than the one that was fetched before it.");
            }

            (_current, _failed) = (new Fetched(fetched, at), false);
            telemetry.StatusListFetched("fetched");
        }
#pragma warning disable CA1031 // Whatever broke, the answer is the same: no new list, and the old one keeps ageing.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            lock (_gate)
            {
                (_failed, _failedAt) = (true, time.GetTimestamp());
            }

            telemetry.StatusListFetched(exception is InvalidDataException ? "refused" : "failed");
            Log.Failed(logger, issuer.Options.Name, exception);
        }
    }

    private sealed record Fetched(FetchedStatusList Value, long At);

    private static partial class Log
    {
        [LoggerMessage(EventName = "StatusListFailed", Level = LogLevel.Warning, Message = "A status list of issuer {Issuer} could not be fetched; when the one before it ends, the tokens that are in it are refused.")]
        public static partial void Failed(ILogger logger, string issuer, Exception exception);
    }
}
