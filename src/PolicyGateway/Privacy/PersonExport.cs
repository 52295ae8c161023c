using System.Collections.Immutable;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;

namespace PolicyGateway.Privacy;

/// <summary>What this gateway has of a person. Never a text that was judged, nor what the classifier said of it; of others no name.</summary>
/// <param name="Issuer">Who names the person.</param>
/// <param name="Subject">The issuer's name for the person.</param>
/// <param name="ExportedAt">When it was read.</param>
/// <param name="Requests">Requests for access.</param>
/// <param name="Appeals">Appeals against refusals.</param>
/// <param name="Grants">What was opened to the person.</param>
/// <param name="Keys">API keys, without what they could be used by.</param>
/// <param name="Decisions">What was decided for the person, newest first, <see cref="Export.MostDecisions"/> at most.</param>
/// <param name="Changes">What the person did here, newest first, <see cref="Export.MostChanges"/> at most.</param>
/// <param name="ChangesAreCut">Whether there are more of those, which stand in the audit alone.</param>
/// <param name="Identities">Which logins are joined; what is kept of each of them is here.</param>
/// <param name="Next">What <c>after</c> is for the next decisions; missing at the end.</param>
/// <param name="Revocations">What stands against the person; for administrators only.</param>
/// <param name="WrittenAbout">What others wrote about the person in these records; for administrators only.</param>
internal sealed record PersonExport(
    string Issuer,
    string Subject,
    DateTimeOffset ExportedAt,
    IReadOnlyList<OwnRequest> Requests,
    IReadOnlyList<OwnAppeal> Appeals,
    IReadOnlyList<OwnGrant> Grants,
    IReadOnlyList<OwnKey> Keys,
    IReadOnlyList<OwnDecision> Decisions,
    IReadOnlyList<OwnChange> Changes,
    bool ChangesAreCut,
    IReadOnlyList<OwnIdentity> Identities,
    string? Next,
    IReadOnlyList<StandingRevocation>? Revocations = null,
    IReadOnlyList<WrittenAbout>? WrittenAbout = null);

/// <summary>A grant as its holder sees it: not who gave it.</summary>
internal sealed record OwnGrant(
    string Id,
    ImmutableArray<string> Categories,
    ImmutableArray<string> Models,
    string? Project,
    bool BindProject,
    DateTimeOffset NotBefore,
    DateTimeOffset ExpiresAt,
    string? RequestId,
    string? AppealId,
    string? Within,
    bool IsEmergency,
    DateTimeOffset? RevokedAt,
    GrantQuota? Quota)
{
    public static OwnGrant Of(Grant grant) => new(
        grant.Id, grant.Categories, grant.Models, grant.Project, grant.BindProject, grant.NotBefore, grant.ExpiresAt, grant.RequestId, grant.AppealId, grant.Within, grant.IsEmergency, grant.Revoked?.At, grant.Quota);
}

/// <summary>A key as its owner sees it: neither its text nor its hash.</summary>
internal sealed record OwnKey(
    string Id,
    string Hint,
    string Name,
    string? Tenant,
    string Tier,
    ImmutableArray<ApiScope>? Scope,
    ImmutableArray<string>? Models,
    ImmutableArray<string>? Categories,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string? ReplacedBy,
    DateTimeOffset? RevokedAt)
{
    public static OwnKey Of(ApiKey key) => new(key.Id, key.Hint, key.Name, key.Tenant, key.Tier, key.Scope, key.Models, key.Categories, key.CreatedAt, key.ExpiresAt, key.ReplacedBy, key.Revoked?.At);
}

/// <summary>Something that a person did here, as the audit has it.</summary>
internal sealed record OwnChange(DateTimeOffset Time, string Event, string? Target, string? Reason);

/// <summary>A revocation that stands against a person: not who made it.</summary>
internal sealed record StandingRevocation(string Id, RevocationTarget Target, string? Name, DateTimeOffset? IssuedBefore, DateTimeOffset At, string Reason);

/// <summary>What somebody else wrote in a record of a person: not who.</summary>
internal sealed record WrittenAbout(string Id, DateTimeOffset At, string Text)
{
    public static IEnumerable<WrittenAbout> Of(string id, IEnumerable<Approval?> words, PersonRef person) =>
        words.OfType<Approval>().Where(word => word.By != person).Select(word => new WrittenAbout(id, word.At, word.Reason));
}
