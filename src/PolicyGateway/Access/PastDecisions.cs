using System.Collections.Immutable;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;

namespace PolicyGateway.Access;

/// <summary>A decision as the person for whom it was made sees it: never the text, never what the classifier said of it.</summary>
/// <param name="Id">As an error body, or the header of an answer, named it.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Model">The model asked for; null where the request could not be read.</param>
/// <param name="Category">The category that decided; null where none did.</param>
/// <param name="Reason">The reason code.</param>
/// <param name="Outcome"><c>released</c>, <c>refused</c>, <c>aborted</c>, <c>upstream_failed</c>, or <c>pending</c> while it is under way.</param>
/// <param name="Action">What the policy did, for example <c>refuse</c>.</param>
/// <param name="PolicyVersion">The policy that was in force.</param>
/// <param name="CanBeAppealed">Whether it is a refusal that nobody appealed against yet.</param>
/// <param name="AppealId">The appeal that was made against it.</param>
internal sealed record OwnDecision(
    string Id,
    DateTimeOffset Time,
    string? Model,
    string? Category,
    string? Reason,
    string? Outcome,
    string? Action,
    string? PolicyVersion,
    bool CanBeAppealed,
    string? AppealId)
{
    /// <summary>The API key that asked; null where a token did.</summary>
    public string? KeyId { get; init; }
}

/// <summary>What was decided for a person, from the audit. What was erased there is gone from here as well.</summary>
internal sealed class PastDecisions(AuditReads audit, JoinedIdentities joined, Appeals appeals)
{
    public const int LongestPage = 200;

    /// <summary>Newest first; none where <paramref name="after"/> is no decision of this person.</summary>
    public async Task<IReadOnlyList<OwnDecision>> OfAsync(PersonRef person, string? after, int limit, CancellationToken cancellationToken)
    {
        var found = await audit.OwnAsync((database, token) => Page(database, joined.Of(person), after, Math.Clamp(limit, 1, LongestPage), token), cancellationToken);
        var decisions = new List<OwnDecision>(found.Count);
        foreach (var records in found)
        {
            decisions.Add(await WithAppealAsync(records, cancellationToken));
        }

        return decisions;
    }

    /// <summary>One decision; null where there is none, or it is somebody else's.</summary>
    public async Task<OwnDecision?> FindAsync(PersonRef person, string id, CancellationToken cancellationToken) =>
        await audit.OwnAsync((database, _) => Own(database, joined.Of(person), id), cancellationToken) is { Count: > 0 } records ? await WithAppealAsync(records, cancellationToken) : null;

    /// <summary>
    /// A decision stands where its first record does: a gated release has another one at its end, and must not move between two pages.
    /// </summary>
    private static List<IReadOnlyList<AuditLine>> Page(AuditDatabase database, ImmutableArray<PersonRef> person, string? after, int limit, CancellationToken cancellationToken)
    {
        var before = after is null ? long.MaxValue : Own(database, person, after) is { Count: > 0 } last ? last[0].Seq : 0;
        var pages = person.Select(one => Page(database, one, before, limit, cancellationToken)).ToArray();
        return pages is [var page] ? page : [.. pages.SelectMany(static page => page).OrderByDescending(static records => records[0].Seq).Take(limit)];
    }

    private static List<IReadOnlyList<AuditLine>> Page(AuditDatabase database, PersonRef person, long before, int limit, CancellationToken cancellationToken)
    {
        var page = new List<IReadOnlyList<AuditLine>>();
        foreach (var line in database.ReadLines(new AuditPlace(Issuer: person.Issuer, Subject: person.Subject), 0, before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.IsDecision && line.Text("decision") is { } id && database.ReadDecisionLines(id) is var records && records[0].Seq == line.Seq)
            {
                page.Add(records);
                if (page.Count == limit)
                {
                    break;
                }
            }
        }

        return page;
    }

    private static IReadOnlyList<AuditLine> Own(AuditDatabase database, ImmutableArray<PersonRef> person, string id) =>
        database.ReadDecisionLines(id) is { Count: > 0 } records && records.All(record => person.Any(one => record.Issuer == one.Issuer && record.Subject == one.Subject)) ? records : [];

    private async Task<OwnDecision> WithAppealAsync(IReadOnlyList<AuditLine> records, CancellationToken cancellationToken)
    {
        var (first, last) = (records[0], records[^1]);
        var id = first.Text("decision")!;
        var wasRefused = last.Text("outcome") == "refused";
        var appeal = wasRefused ? await appeals.AgainstAsync(id, cancellationToken) : null;
        return new OwnDecision(
            id,
            first.TimeOf("time"),
            last.Text("model"),
            last.Text("category"),
            last.Text("reason"),
            last.Text("outcome"),
            last.Text("action"),
            last.Text("policy"),
            wasRefused && appeal is null,
            appeal?.Id)
        {
            KeyId = first.Text("key_id"),
        };
    }
}
