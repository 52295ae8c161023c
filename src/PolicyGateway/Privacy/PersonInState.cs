using System.Collections.Immutable;
using System.Text.Json;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Identity;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Privacy;

/// <summary>
/// A person in the store. What is his own goes, with all that others wrote in it; what others own stays, without his name. Two things
/// stay of what is his: that a grant was given, since answers rest on it, and that he is revoked.
/// </summary>
internal sealed class PersonInState(IStateStore store, GrantBook grants, ApiKeys keys, IdempotencyKeys repeats, JoinedIdentities joined, IdentityJoins joins, Revocations revocations, TokenIssuers issuers, TimeProvider time)
{
    public const int MostMentions = 100;

    private static readonly string[] Kinds = ["request", "appeal", "grant", "key", "revocation", "identity"];

    private readonly StateSet<AccessRequest> _requests = AccessRequests.SetOf(store);
    private readonly StateSet<Appeal> _appeals = Appeals.SetOf(store);
    private readonly StateSet<ApiKey> _keys = KeyRecords.SetOf(store);

    /// <summary>The ids of all that is his, by which records of others about him are found.</summary>
    public async Task<IReadOnlyList<string>> IdsAsync(PersonRef person, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        await AddAsync(_requests, request => request.Person == person);
        await AddAsync(_appeals, appeal => appeal.Person == person);
        await AddAsync(grants.Set, grant => grant.Person == person);
        await AddAsync(_keys, key => key.Person == person);
        await AddAsync(joined.Set, join => join.Names(person));
        await AddAsync(Revocations.SetOf(store), entry => Revocations.Names(entry, person, issuers));
        return ids;

        async Task AddAsync<T>(StateSet<T> set, Func<T, bool> isHis)
            where T : class
        {
            await foreach (var stored in set.AllAsync(null, cancellationToken))
            {
                if (isHis(stored.Value))
                {
                    ids.Add(stored.Id);
                }
            }
        }
    }

    /// <summary>Erases him; a second time there is nothing left to do.</summary>
    /// <returns>How many records of each kind were his.</returns>
    public async Task<IReadOnlyDictionary<string, int>> EraseAsync(PersonRef person, PersonRef by, CancellationToken cancellationToken) => new Dictionary<string, int>
    {
        // First: what stands against him must find who is joined to him.
        ["identities"] = await joins.EraseAsync(person, cancellationToken),
        ["revocations"] = await revocations.EraseAsync(person, issuers, cancellationToken),
        ["repeats"] = await repeats.EraseAsync(cancellationToken),
        ["keys"] = await RewriteAsync(_keys, key => key.Person == person ? Fate.Own : Fate.If(key.Revoked?.By == person), stored => keys.RemoveAsync(stored, cancellationToken), stored =>
            keys.TryWriteAsync([_keys.Replace(stored, stored.Value with { Revoked = Unnamed(stored.Value.Revoked, person) })], stored.Value, cancellationToken), cancellationToken),
        ["grants"] = await EraseGrantsAsync(person, by, cancellationToken),
        ["requests"] = await RewriteAsync(
            _requests, request => request.Person == person ? Fate.Own : Fate.If(request.Closed?.By == person || request.Approvals.Any(word => word.By == person)),
            stored => store.TryWriteAsync([_requests.Remove(stored)], cancellationToken),
            stored => store.TryWriteAsync([_requests.Replace(stored, Unnamed(stored.Value, person))], cancellationToken), cancellationToken),
        ["appeals"] = await RewriteAsync(
            _appeals, appeal => appeal.Person == person ? Fate.Own : Fate.If(appeal.Outcome?.By == person),
            async stored => await store.TryWriteAsync(await Appeals.RemovalOfAsync(store, stored, cancellationToken), cancellationToken),
            stored => store.TryWriteAsync([_appeals.Replace(stored, stored.Value with { Outcome = Unnamed(stored.Value.Outcome, person) })], cancellationToken), cancellationToken),
    };

    /// <summary>Records that still hold his subject as a text: what somebody wrote in another's record, which a person must judge.</summary>
    public async Task<IReadOnlyList<string>> MentionsAsync(PersonRef person, CancellationToken cancellationToken)
    {
        var (text, found) = (JsonEncodedText.Encode(person.Subject).ToString(), new List<string>());
        foreach (var kind in Kinds)
        {
            string? after = null;
            for (IReadOnlyList<StateRecord> page; (page = await store.ListAsync(new StateQuery(kind, After: after, Limit: 1_000), cancellationToken)).Count > 0; after = page[^1].Id)
            {
                found.AddRange(page.Where(record => record.Json.Contains(text, StringComparison.Ordinal)).Select(static record => record.Id));
            }
        }

        return found.Count > MostMentions ? found[..MostMentions] : found;
    }

    /// <summary>Has what was erased leave the disk.</summary>
    public ValueTask<bool> ScrubAsync(CancellationToken cancellationToken) => store.ScrubAsync(cancellationToken);

    private async Task<int> EraseGrantsAsync(PersonRef person, PersonRef by, CancellationToken cancellationToken)
    {
        // First they open nothing any more, in answers under way as well.
        var word = new Approval(by, time.GetUtcNow(), PersonRef.Erased);
        await foreach (var stored in grants.Set.AllAsync(null, cancellationToken))
        {
            if (stored.Value.Person == person && stored.Value.Revoked is null && stored.Value.ExpiresAt > word.At)
            {
                await grants.RevokeAsync(stored.Id, word);
            }
        }

        return await RewriteAsync(
            grants.Set, grant => grant.Person == person ? Fate.Own : Fate.If(grant.Revoked?.By == person || grant.Reviewed?.By == person || grant.Approvals.Any(approval => approval.By == person)),
            stored => WriteAsync(stored, Stripped(stored.Value, person)),
            stored => WriteAsync(stored, stored.Value with { Approvals = Unnamed(stored.Value.Approvals, person), Revoked = Unnamed(stored.Value.Revoked, person), Reviewed = Unnamed(stored.Value.Reviewed, person) }), cancellationToken);

        ValueTask<bool> WriteAsync(Stored<Grant> stored, Grant grant) => grants.TryWriteAsync(stored.Value.Holder(), [grants.Set.Replace(stored, grant)], cancellationToken);
    }

    private static async Task<int> RewriteAsync<T>(
        StateSet<T> set, Func<T, Fate> fateOf, Func<Stored<T>, ValueTask<bool>> erase, Func<Stored<T>, ValueTask<bool>> rename, CancellationToken cancellationToken)
        where T : class
    {
        var erased = 0;
        await foreach (var found in set.AllAsync(null, cancellationToken))
        {
            // Where somebody was faster, the record is looked at again.
            for (Stored<T>? stored = found; stored is not null; stored = await set.FindAsync(found.Id, cancellationToken))
            {
                var fate = fateOf(stored.Value);
                if (fate == Fate.None || await (fate == Fate.Own ? erase : rename)(stored))
                {
                    erased += fate == Fate.Own ? 1 : 0;
                    break;
                }
            }
        }

        return erased;
    }

    /// <summary>That it was given, for what and when; not to whom, nor what was written about him.</summary>
    private static Grant Stripped(Grant grant, PersonRef person) => grant with
    {
        Person = null,
        Project = null,
        Approvals = [.. Unnamed(grant.Approvals, person).Select(static word => word with { Reason = PersonRef.Erased })],
        Revoked = Unnamed(grant.Revoked, person) is { } word ? word with { Reason = PersonRef.Erased } : null,
        Reviewed = Unnamed(grant.Reviewed, person) is { } found ? found with { Reason = PersonRef.Erased } : null,
    };

    /// <summary>An approver who is nobody any more could approve a second time, so his word counts no longer where it is still counted.</summary>
    private static AccessRequest Unnamed(AccessRequest request, PersonRef person) => request with
    {
        Approvals = request.Status == RequestStatus.Pending ? request.Approvals.RemoveAll(word => word.By == person) : Unnamed(request.Approvals, person),
        Closed = Unnamed(request.Closed, person),
    };

    private static ImmutableArray<Approval> Unnamed(ImmutableArray<Approval> words, PersonRef person) => [.. words.Select(word => Unnamed(word, person)!)];

    private static Approval? Unnamed(Approval? word, PersonRef person) =>
        word?.By == person ? word with { By = new PersonRef(person.Issuer, PersonRef.Erased), Organisation = null } : word;

    /// <summary>What becomes of a record.</summary>
    private readonly record struct Fate(bool IsOwn, bool IsNamed)
    {
        public static readonly Fate None = new(false, false);
        public static readonly Fate Own = new(true, false);

        public static Fate If(bool isNamed) => new(false, isNamed);
    }
}
