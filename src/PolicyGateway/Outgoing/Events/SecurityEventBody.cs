using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PolicyGateway.Access;
using PolicyGateway.Revocation;

namespace PolicyGateway.Outgoing.Events;

/// <summary>The claims of a security event token (RFC 8417) about what was taken away here, in the words of CAEP.</summary>
internal static class SecurityEventBody
{
    public const string SessionRevoked = "session-revoked";
    public const string RiskLevelChange = "risk-level-change";

    private const string Caep = "https://schemas.openid.net/secevent/caep/event-type/";

    public static ImmutableArray<string> Names { get; } = [SessionRevoked, RiskLevelChange];

    /// <summary>Which event tells of a happening, and of whom; null where none does.</summary>
    public static (string Name, JsonObject Subject, JsonObject Event)? Of(Happening happening, DateTimeOffset now) => happening switch
    {
        { Type: Happening.GrantRevoked, Person: { } person } => (RiskLevelChange, SubjectOf(person), RiskOf("USER", "grant_revoked", "A grant was revoked.", now)),
        { Type: Happening.GrantRevoked, Organisation: { } organisation } =>
            (RiskLevelChange, SubjectOf(organisation), RiskOf("ORG_UNIT", "grant_revoked", "A grant was revoked.", now)),
        { RevokedHere: { } entry } => Of(entry, happening, now),
        _ => null,
    };

    /// <summary>The token's claims.</summary>
    public static string Write((string Name, JsonObject Subject, JsonObject Event) what, string issuer, string audience, string id, DateTimeOffset now) => new JsonObject
    {
        ["iss"] = issuer,
        ["aud"] = audience,
        ["iat"] = now.ToUnixTimeSeconds(),
        ["jti"] = id,
        ["sub_id"] = what.Subject,
        ["events"] = new JsonObject { [Caep + what.Name] = what.Event },
    }.ToJsonString();

    private static (string Name, JsonObject Subject, JsonObject Event)? Of(RevocationEntry entry, Happening happening, DateTimeOffset now) => entry.Target switch
    {
        RevocationTarget.Person => (SessionRevoked, SubjectOf(happening.Person!), RevokedOf("The person was revoked.", entry, now)),
        RevocationTarget.Organisation => (SessionRevoked, SubjectOf(happening.Organisation!), RevokedOf("The organisation was revoked.", entry, now)),
        RevocationTarget.Issuer => (SessionRevoked, Complex("tenant", new JsonObject { ["format"] = "uri", ["uri"] = entry.Issuer }), RevokedOf("The issuer was revoked.", entry, now)),
        RevocationTarget.Credential when happening.Person is { } person =>
            (RiskLevelChange, SubjectOf(person), RiskOf("USER", "credential_revoked", "A credential was revoked.", now)),

        // A credential that is nobody's in particular: no event has a subject for it.
        _ => null,
    };

    private static JsonObject RevokedOf(string why, RevocationEntry entry, DateTimeOffset now)
    {
        // What is older than this moment has ended; a moment that lies ahead cannot be said.
        var happened = entry.IssuedBefore < now ? entry.IssuedBefore.Value : now;
        return EventOf(why, happened);
    }

    private static JsonObject RiskOf(string principal, string reason, string why, DateTimeOffset now)
    {
        var body = EventOf(why, now);
        body["principal"] = principal;
        body["current_level"] = "HIGH";
        body["previous_level"] = "LOW";
        body["risk_reason"] = reason;
        return body;
    }

    /// <summary>The reason is always ours: what an operator wrote stays here.</summary>
    private static JsonObject EventOf(string why, DateTimeOffset happened) => new()
    {
        ["event_timestamp"] = happened.ToUnixTimeSeconds(),
        ["initiating_entity"] = "admin",
        ["reason_admin"] = new JsonObject { ["en"] = why },
    };

    private static JsonObject SubjectOf(PersonRef person) => Pair(person.Issuer, person.Subject);

    private static JsonObject SubjectOf(OrganisationRef organisation) => Complex("org_unit", Pair(organisation.Issuer, organisation.Name));

    private static JsonObject Complex(string member, JsonObject subject) => new() { ["format"] = "complex", [member] = subject };

    private static JsonObject Pair(string issuer, string subject) => new() { ["format"] = "iss_sub", ["iss"] = issuer, ["sub"] = subject };
}
