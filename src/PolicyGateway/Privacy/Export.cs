using System.Collections.Immutable;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Admin.Reads;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Privacy;

/// <summary>Gathers what this gateway has of a person.</summary>
internal sealed class Export(IStateStore store, JoinedIdentities joined, PrivacyKey key, PastDecisions decisions, AuditReads audit, TokenIssuers issuers, TimeProvider time)
{
    public const int MostDecisions = 1_000;
    public const int MostChanges = 1_000;

    /// <summary>So many of a person's newest records are looked through for what he did.</summary>
    private const int MostLines = 100_000;

    /// <summary>For the person.</summary>
    /// <param name="person">Who.</param>
    /// <param name="after">The decision behind which to begin; null for the newest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<PersonExport> OfAsync(PersonRef person, string? after, CancellationToken cancellationToken)
    {
        var found = await DecisionsAsync(person, after, cancellationToken);
        var (changes, areCut) = await audit.OwnAsync((database, token) => Changes(database, joined.Of(person), token), cancellationToken);
        return new PersonExport(
            person.Issuer,
            person.Subject,
            time.GetUtcNow(),
            [.. (await RequestsAsync(person, cancellationToken)).Select(OwnRequest.Of)],
            [.. (await AppealsAsync(person, cancellationToken)).Select(OwnAppeal.Of)],
            [.. (await GrantsAsync(person, cancellationToken)).Select(OwnGrant.Of)],
            [.. (await KeysAsync(person, cancellationToken)).Select(OwnKey.Of)],
            found,
            changes,
            areCut,
            [.. (await joined.ListAsync(person, cancellationToken)).Concat(await joined.UndoneAsync(person, cancellationToken)).Select(join => OwnIdentity.Of(join, person, key))],
            found.Count == MostDecisions ? found[^1].Id : null);
    }

    /// <summary>For an administrator, who answers a person's question: also what stands against him, and what others wrote about him.</summary>
    public async Task<PersonExport> InFullAsync(PersonRef person, string? after, CancellationToken cancellationToken)
    {
        // Those have no index by person: an administrator may look through all.
        var revoked = await AllAsync(Revocations.SetOf(store), null, cancellationToken);
        return await OfAsync(person, after, cancellationToken) with
        {
            Revocations = [.. revoked.Where(entry => joined.Of(person).Any(one => Revocations.Names(entry, one, issuers))).Select(static entry => new StandingRevocation(entry.Id, entry.Target, entry.Name, entry.IssuedBefore, entry.At, entry.Reason))],
            WrittenAbout =
            [
                .. (await RequestsAsync(person, cancellationToken)).SelectMany(request => WrittenAbout.Of(request.Id, [.. request.Approvals, request.Closed], person)),
                .. (await AppealsAsync(person, cancellationToken)).SelectMany(appeal => WrittenAbout.Of(appeal.Id, [appeal.Outcome], person)),
                .. (await GrantsAsync(person, cancellationToken)).SelectMany(grant => WrittenAbout.Of(grant.Id, [.. grant.Approvals, grant.Revoked, grant.Reviewed], person)),
                .. (await KeysAsync(person, cancellationToken)).SelectMany(key => WrittenAbout.Of(key.Id, [key.Revoked], person)),
            ],
        };
    }

    private Task<List<AccessRequest>> RequestsAsync(PersonRef person, CancellationToken cancellationToken) =>
        OfAllAsync(AccessRequests.SetOf(store), AccessRequests.PersonTag, person, cancellationToken);

    private Task<List<Appeal>> AppealsAsync(PersonRef person, CancellationToken cancellationToken) =>
        OfAllAsync(Appeals.SetOf(store), Appeals.PersonTag, person, cancellationToken);

    private Task<List<Grant>> GrantsAsync(PersonRef person, CancellationToken cancellationToken) =>
        OfAllAsync(GrantBook.SetOf(store), GrantBook.HolderTag, person, cancellationToken);

    private Task<List<ApiKey>> KeysAsync(PersonRef person, CancellationToken cancellationToken) =>
        OfAllAsync(KeyRecords.SetOf(store), KeyRecords.OwnerTag, person, cancellationToken);

    private async Task<List<OwnDecision>> DecisionsAsync(PersonRef person, string? after, CancellationToken cancellationToken)
    {
        var found = new List<OwnDecision>();
        IReadOnlyList<OwnDecision> page;
        do
        {
            page = await decisions.OfAsync(person, after, PastDecisions.LongestPage, cancellationToken);
            found.AddRange(page);
            after = page.Count > 0 ? page[^1].Id : after;
        }
        while (page.Count == PastDecisions.LongestPage && found.Count < MostDecisions);

        return found;
    }

    private static (IReadOnlyList<OwnChange> Changes, bool AreCut) Changes(AuditDatabase database, ImmutableArray<PersonRef> person, CancellationToken cancellationToken)
    {
        var changes = new List<OwnChange>();
        var areCut = false;
        foreach (var one in person)
        {
            var (lines, found) = (0, 0);
            foreach (var line in database.ReadLines(new AuditPlace(Issuer: one.Issuer, Subject: one.Subject), 0, long.MaxValue))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (found > MostChanges || lines++ == MostLines)
                {
                    areCut = true;
                    break;
                }

                // That somebody looked for him stands there under his name, so that it is erased with it; he did not do it.
                if (!line.IsDecision && line.Text("event") is { } happened and not (Looks.AtAudit + Looks.Suffix or Looks.AtAccess + Looks.Suffix))
                {
                    changes.Add(new OwnChange(line.RecordedAt, happened, line.Text("target"), line.Reason));
                    found++;
                }
            }
        }

        areCut |= changes.Count > MostChanges;
        return ([.. changes.OrderByDescending(static change => change.Time).Take(MostChanges)], areCut);
    }

    /// <summary>Of every subject that the person has here.</summary>
    private async Task<List<T>> OfAllAsync<T>(StateSet<T> set, string tag, PersonRef person, CancellationToken cancellationToken)
        where T : class
    {
        var found = new List<T>();
        foreach (var one in joined.Of(person))
        {
            found.AddRange(await AllAsync(set, new StateTag(tag, one.Key()), cancellationToken));
        }

        return found;
    }

    private static async Task<List<T>> AllAsync<T>(StateSet<T> set, StateTag? tag, CancellationToken cancellationToken)
        where T : class
    {
        var found = new List<T>();
        await foreach (var stored in set.AllAsync(tag, cancellationToken))
        {
            found.Add(stored.Value);
        }

        return found;
    }
}
