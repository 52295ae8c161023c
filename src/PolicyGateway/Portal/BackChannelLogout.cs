using System.Text.Json;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Portal;

/// <summary>The provider says that somebody has logged out (OpenID Connect Back-Channel Logout 1.0).</summary>
internal sealed class BackChannelLogout(
    IOptions<PortalOptions> options, IOptions<IdentityOptions> identity, TokenIssuers issuers, Sessions sessions, IStateStore store, TimeProvider time)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private const int LongestToken = 16 * 1024;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Takes a logout token.</summary>
    /// <returns>Whether it counts.</returns>
    public async Task<bool> TakeAsync(string? token, CancellationToken cancellationToken)
    {
        if (token is not { Length: > 0 and <= LongestToken }
            || SignedDocument.Parse(token) is not { } document
            || options.Value.Issuer is not { } issuer || document.Text("iss") != issuer
            || issuers.Find(issuer) is not { } from
            || await FaultAsync(document, from) is not SignatureFault.None
            || !SaysLogout(document))
        {
            return false;
        }

        var (now, subject, session) = (time.GetUtcNow(), document.Text("sub"), document.Text("sid"));
        if ((subject ?? session) is null
            || document.Text("jti") is not { Length: > 0 and <= 256 } id
            || !await store.TryMarkAsync("logout", $"{issuer} {id}", now + Lifetime + identity.Value.ClockSkew + identity.Value.ClockSkew, cancellationToken))
        {
            return false;
        }

        // Of the session that it names; of all of a person's where it names none.
        sessions.End(ticket => session is not null && ticket.Principal.FindFirst("sid")?.Value is { } own
            ? own == session
            : subject is not null && ticket.Principal.FindFirst("iss")?.Value == issuer && ticket.Principal.FindFirst("sub")?.Value == subject);
        return true;
    }

    /// <summary>Providers from before the type was registered send plain JWTs; the event tells them from any other.</summary>
    private static async Task<SignatureFault> FaultAsync(SignedDocument document, TokenIssuer from) =>
        await document.VerifyAsync(from.Keys, from.Algorithms, "logout+jwt") is var fault and not SignatureFault.Type ? fault
        : await document.VerifyAsync(from.Keys, from.Algorithms, "JWT");

    private bool SaysLogout(SignedDocument document)
    {
        var (payload, now, skew) = (document.Payload, time.GetUtcNow(), identity.Value.ClockSkew);
        return payload.TryGetProperty("aud", out var audience)
            && (audience.ValueKind == JsonValueKind.Array ? audience.EnumerateArray().AsEnumerable() : [audience]).Any(one => one.ValueKind == JsonValueKind.String && one.GetString() == options.Value.ClientId)
            && document.Time("iat") is { } issued && issued <= now + skew && issued >= now - Lifetime - skew
            && (!payload.TryGetProperty("exp", out _) || document.Time("exp") + skew > now)
            && payload.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Object
            && events.TryGetProperty(Event, out var happened) && happened.ValueKind == JsonValueKind.Object
            && !payload.TryGetProperty("nonce", out _);
    }
}
