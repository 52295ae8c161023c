using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Privacy;

/// <summary>
/// A person in the audit: what he did and what was decided for him, and what others wrote about that. It is stored beside the chain,
/// which stays whole without it.
/// </summary>
internal sealed class PersonInAudit(SqliteAuditLog log, AuditReads reads)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private static readonly string[] Beginnings = [ChangeEvents.RequestCreated, ChangeEvents.AppealCreated, ChangeEvents.KeyCreated];

    /// <summary>Erases him.</summary>
    /// <param name="person">Who.</param>
    /// <param name="ids">Ids of what the store has of him.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many records it concerned.</returns>
    public async Task<long> EraseAsync(PersonRef person, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var about = await reads.StaffAsync((database, token) => About(database, person, ids, token), cancellationToken, Longest);
        return await log.EraseAsync(person.Issuer, person.Subject, cancellationToken, about);
    }

    /// <summary>Records whose reason still holds his subject as a text, which a person must judge.</summary>
    public async Task<IReadOnlyList<string>> MentionsAsync(PersonRef person, CancellationToken cancellationToken) =>
        await reads.StaffAsync((database, token) =>
        {
            using var interrupt = database.InterruptOn(token);
            return database.ReadReasonsWith(person.Subject, PersonInState.MostMentions).Select(static seq => $"audit record {seq}").ToList();
        }, cancellationToken, Longest);

    /// <summary>
    /// Records of others with a reason that is about him: of his requests, appeals, grants and keys, also of those that the store
    /// has no longer, of revocations that name him, and of looks at his decisions.
    /// </summary>
    private static List<long> About(AuditDatabase database, PersonRef person, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var (seen, waiting) = (new HashSet<string>(ids, StringComparer.Ordinal), new Queue<string>(ids));
        foreach (var line in database.ReadLines(new AuditPlace(Issuer: person.Issuer, Subject: person.Subject), 0, long.MaxValue))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Add(line.IsDecision ? line.Text("decision") : Beginnings.Contains(line.Text("event")) ? line.Text("target") : null);
        }

        var about = new List<long>();
        while (waiting.TryDequeue(out var id))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var line in database.ReadLines(new AuditPlace(Decision: id), 0, long.MaxValue).Where(static line => !line.IsDecision))
            {
                Add(line.Text("grant"));
                if (line.Reason is not null)
                {
                    about.Add(line.Seq);
                }
            }
        }

        return about;

        void Add(string? id)
        {
            if (id is not null && seen.Add(id))
            {
                waiting.Enqueue(id);
            }
        }
    }
}
