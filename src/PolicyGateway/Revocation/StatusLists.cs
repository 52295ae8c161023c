using System.Collections.Concurrent;
using PolicyGateway.Identity;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Revocation;

/// <summary>
/// What issuers say of single tokens in their status lists, asked for each request, cached token or not. A list is fetched from
/// addresses that the issuer's configuration lists and from nowhere else, and a token whose status cannot be had is refused.
/// </summary>
internal sealed class StatusLists(TokenIssuers issuers, StatusListDownload download, GatewayTelemetry telemetry, TimeProvider time, ILogger<StatusLists> logger)
{
    private const int MostLists = 1024;
    private const long MostBytes = 256 * 1024 * 1024;

    /// <summary>A list that nobody asked for in this time may go for another.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<(string Issuer, string Uri), StatusListSource> _sources = new();
    private readonly Lock _gate = new();

    /// <summary>Null where the token still counts, or has no status.</summary>
    public ValueTask<AuthenticationFault?> CheckAsync(Caller caller)
    {
        if (caller.Status is not { } status)
        {
            return default;
        }

        if (Find(caller, status, out var fault) is not { } source)
        {
            return new(Refused(fault));
        }

        var asked = source.GetAsync();
        return asked.IsCompletedSuccessfully ? new(Refused(Fault(asked.Result, status))) : AfterAsync(asked, status);
    }

    /// <summary>Whether the token of an answer under way still counts, without waiting: what is being asked for is believed to.</summary>
    public bool StillCounts(Caller caller) =>
        caller.Status is not { } status
        || (Find(caller, status, out _) is { } source && (!source.TryGet(out var list) || Fault(list, status) is null));

    /// <summary>The caller, and whether his list is too old for gated categories.</summary>
    public Caller Mark(Caller caller)
    {
        var isOld = caller.Status is { } status && !(Find(caller, status, out _)?.IsFresh ?? false);
        return isOld == caller.IsStatusOld ? caller : caller with { IsStatusOld = isOld };
    }

    private async ValueTask<AuthenticationFault?> AfterAsync(ValueTask<StatusList?> asked, StatusReference status) =>
        Refused(Fault(await asked.ConfigureAwait(false), status));

    private AuthenticationFault? Refused(AuthenticationFault? fault)
    {
        if (fault is not null)
        {
            telemetry.StatusRefused(fault.Reason);
        }

        return fault;
    }

    private static AuthenticationFault? Fault(StatusList? list, StatusReference status) => list?.At(status.Index) switch
    {
        0 => null,
        1 => AuthenticationFault.StatusInvalid,
        2 => AuthenticationFault.Suspended,
        null => list is null ? AuthenticationFault.StatusUnavailable : AuthenticationFault.StatusOutOfRange,
        _ => AuthenticationFault.StatusUnknown,
    };

    private StatusListSource? Find(Caller caller, StatusReference status, out AuthenticationFault? fault)
    {
        fault = null;
        var key = (caller.Issuer!, status.Uri);
        if (_sources.TryGetValue(key, out var source))
        {
            return source;
        }

        if (issuers.Find(caller.Issuer!) is not { } issuer || !StatusListAddress.IsListed(status.Uri, issuer.Options.StatusListUris))
        {
            fault = ReferenceEquals(status, StatusReference.Unreadable) ? AuthenticationFault.StatusUnreadable : AuthenticationFault.StatusUnlisted;
            return null;
        }

        lock (_gate)
        {
            if (_sources.TryGetValue(key, out source))
            {
                return source;
            }

            if (!HasRoom())
            {
                fault = AuthenticationFault.StatusUnavailable;
                return null;
            }

            return _sources[key] = new StatusListSource(issuer, status.Uri, download, telemetry, time, logger);
        }
    }

    private bool HasRoom()
    {
        if (_sources.Count < MostLists && _sources.Values.Sum(static source => (long)source.Size) <= MostBytes - StatusList.MostBytes)
        {
            return true;
        }

        var oldest = _sources.MaxBy(static pair => pair.Value.Unused);
        return oldest.Value.Unused > Idle && _sources.TryRemove(oldest.Key, out _);
    }
}

/// <summary>Which addresses a token may name: those of the configuration, and what lies below them.</summary>
internal static class StatusListAddress
{
    /// <summary>Whether an address is one of the listed ones, or continues one at a <c>/</c> with plain characters.</summary>
    public static bool IsListed(string uri, IEnumerable<string> listed)
    {
        foreach (var address in listed)
        {
            if (uri.Equals(address, StringComparison.Ordinal)
                || (uri.StartsWith(address, StringComparison.Ordinal)
                    && (address.EndsWith('/') || uri[address.Length] == '/')
                    && !address.Contains('?', StringComparison.Ordinal)
                    && IsPlain(uri.AsSpan(address.Length))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether an address may be listed: written as it is sent, without a user, over https but on loopback.</summary>
    public static bool IsFit(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && KeyDownload.IsSafe(uri)
        && uri.UserInfo.Length == 0
        && uri.Fragment.Length == 0
        && (uri.AbsoluteUri == address || uri.AbsoluteUri == address + "/");

    private static bool IsPlain(ReadOnlySpan<char> rest)
    {
        foreach (var character in rest)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.' or '~' or '/'))
            {
                return false;
            }
        }

        // Steps upwards would lead out of what is listed.
        return rest.IndexOf("/.") < 0 && !rest.StartsWith(".");
    }
}
