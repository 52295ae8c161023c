using System.Collections.Immutable;
using PolicyGateway.Access;
using PolicyGateway.Access.Keys;
using PolicyGateway.Revocation;

namespace PolicyGateway.Outgoing;

/// <summary>
/// Something that others may want to know. It carries ids and the gateway's own words; what people wrote, such as a purpose or a
/// reason, has no place in it.
/// </summary>
/// <param name="Type">What happened, one of <see cref="Types"/>.</param>
/// <param name="Id">What it happened to.</param>
internal sealed record Happening(string Type, string Id)
{
    public const string RequestCreated = "request.created";
    public const string RequestApproved = "request.approved";
    public const string RequestDenied = "request.denied";
    public const string RequestWithdrawn = "request.withdrawn";
    public const string AppealCreated = "appeal.created";
    public const string AppealDecided = "appeal.decided";
    public const string GrantCreated = "grant.created";
    public const string GrantRevoked = "grant.revoked";
    public const string KeyCreated = "key.created";
    public const string KeyRevoked = "key.revoked";
    public const string RevocationCreated = "revocation.created";
    public const string RevocationLifted = "revocation.lifted";

    public static ImmutableArray<string> Types { get; } =
    [
        RequestCreated, RequestApproved, RequestDenied, RequestWithdrawn, AppealCreated, AppealDecided,
        GrantCreated, GrantRevoked, KeyCreated, KeyRevoked, RevocationCreated, RevocationLifted,
    ];

    public PersonRef? Person { get; init; }

    public OrganisationRef? Organisation { get; init; }

    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>Other ids, times and states, by the name of their member.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Details { get; init; } = [];

    /// <summary>Whether it tells of another login of a person of whom it is told already: only those ask who know people by their logins.</summary>
    public bool IsOfOtherLogin { get; init; }

    /// <summary>What was revoked by somebody here; null for everything else, and for what a transmitter told us.</summary>
    public RevocationEntry? RevokedHere { get; init; }

    public static Happening Of(string type, AccessRequest request) => new(type, request.Id)
    {
        Person = request.Person,
        Categories = request.Categories,
        Details = [new("status", Word(request.Status)), .. Optional("grant", request.GrantId)],
    };

    public static Happening Of(string type, Appeal appeal) => new(type, appeal.Id)
    {
        Person = appeal.Person,
        Categories = appeal.Category is { } category ? [category] : [],
        Details = [new("status", Word(appeal.Status)), new("refusal", appeal.DecisionId), new("due_at", $"{appeal.DueAt:O}"), .. Optional("grant", appeal.GrantId)],
    };

    public static Happening Of(string type, Grant grant) => new(type, grant.Id)
    {
        Person = grant.Person,
        Organisation = grant.Organisation,
        Categories = grant.Categories,
        Details = [new("expires_at", $"{grant.ExpiresAt:O}"), .. Optional("request", grant.RequestId), .. Optional("appeal", grant.AppealId)],
    };

    public static Happening Of(string type, ApiKey key, string? replaces = null) => new(type, key.Id)
    {
        Person = key.Person,
        Organisation = key.Organisation,
        Details = [new("tier", key.Tier), new("expires_at", $"{key.ExpiresAt:O}"), .. Optional("replaces", replaces)],
    };

    public static Happening Of(string type, RevocationEntry entry, bool isFromHere) => new(type, entry.Id)
    {
        Person = entry.Subject is { } subject ? new PersonRef(entry.Issuer, subject) : null,
        Organisation = entry.Target == RevocationTarget.Organisation ? new OrganisationRef(entry.Issuer, entry.Name!) : null,
        Details =
        [
            new("target", Word(entry.Target)),
            .. Optional("revoked_issuer", entry.Target is RevocationTarget.Issuer or RevocationTarget.Credential ? entry.Issuer : null),
            .. Optional("credential", entry.Target == RevocationTarget.Credential ? entry.Name : null),
        ],
        RevokedHere = isFromHere && type == RevocationCreated ? entry : null,
    };

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static IEnumerable<KeyValuePair<string, string>> Optional(string name, string? value) => value is null ? [] : [new(name, value)];
}
