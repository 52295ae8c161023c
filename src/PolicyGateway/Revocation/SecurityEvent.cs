using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace PolicyGateway.Revocation;

/// <summary>What a security event asks for.</summary>
internal enum EventEffect
{
    /// <summary>The person's tokens from before the event count no longer; new ones do.</summary>
    TokensEnd,

    /// <summary>None of the person's tokens count, until the account is enabled.</summary>
    AccountEnds,

    /// <summary>The account counts again.</summary>
    AccountReturns,

    /// <summary>Nothing: the event says that somebody became less risky.</summary>
    None,
}

/// <summary>One event of a token.</summary>
/// <param name="Name">What metrics and revocations call it.</param>
/// <param name="Effect">What it asks for.</param>
/// <param name="At">When it happened.</param>
internal readonly record struct SecurityEvent(string Name, EventEffect Effect, DateTimeOffset At)
{
    /// <summary>What metrics call events that are not understood.</summary>
    public const string Unknown = "unknown";

    private const string Caep = "https://schemas.openid.net/secevent/caep/event-type/";
    private const string Risc = "https://schemas.openid.net/secevent/risc/event-type/";

    // Not what is asked for is decisive here but what is no longer sure: whatever changed, tokens from before do not say it.
    private static readonly FrozenDictionary<string, (string Name, EventEffect Effect)> Known = new[]
    {
        (Caep, "session-revoked", EventEffect.TokensEnd),
        (Caep, "token-claims-change", EventEffect.TokensEnd),
        (Caep, "credential-change", EventEffect.TokensEnd),
        (Caep, "assurance-level-change", EventEffect.TokensEnd),
        (Caep, "risk-level-change", EventEffect.TokensEnd),
        (Risc, "sessions-revoked", EventEffect.TokensEnd),
        (Risc, "credential-compromise", EventEffect.TokensEnd),
        (Risc, "account-disabled", EventEffect.AccountEnds),
        (Risc, "account-enabled", EventEffect.AccountReturns),
    }.ToFrozenDictionary(static known => known.Item1 + known.Item2, static known => (known.Item2, known.Item3), StringComparer.Ordinal);

    private static readonly ImmutableArray<string> Levels = ["LOW", "MEDIUM", "HIGH"];

    /// <summary>Reads an event; null where its type is unknown.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="body">What it says.</param>
    /// <param name="issuedAt">When its token was made, for events that do not say when they happened.</param>
    /// <param name="now">An event cannot have happened later.</param>
    public static SecurityEvent? Read(string type, JsonElement body, DateTimeOffset issuedAt, DateTimeOffset now)
    {
        if (!Known.TryGetValue(type, out var known))
        {
            return null;
        }

        var at = body.TryGetProperty("event_timestamp", out var stamp) && Identity.ClaimPath.Time(stamp) is { } told ? told : issuedAt;
        return new SecurityEvent(known.Name, IsLessRisk(known.Name, body) ? EventEffect.None : known.Effect, at < now ? at : now);
    }

    /// <summary>A level that is not known, or not given, is not a lower one.</summary>
    private static bool IsLessRisk(string name, JsonElement body)
    {
        if (name != "risk-level-change")
        {
            return false;
        }

        var (current, previous) = (Level(body, "current_level"), Level(body, "previous_level"));
        return current >= 0 && current < previous;
    }

    private static int Level(JsonElement body, string name) =>
        Identity.SignedDocument.Text(body, name) is { } level ? Levels.IndexOf(level.ToUpperInvariant()) : -1;
}
