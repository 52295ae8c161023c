using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Privacy;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Access.Joins;

/// <summary>
/// Joins what a person is to two clients, by proof of both: one login makes a code, the other brings it with a token of its own. Subjects of
/// one issuer only, which knows that they are one person; and nobody who is revoked.
/// </summary>
internal sealed class IdentityJoins(
    JoinedIdentities joined, JoinCodes codes, GrantBook grants, LiveCallers live, Revocations revocations, PrivacyKey key, IAuditLog audit, TimeProvider time) : IDisposable
{
    /// <summary>A person has a few clients; more subjects than this are a mistake, or sharing.</summary>
    public const int MostPerPerson = 10;

    // One at a time, so that what was checked is so still when it is written.
    private readonly SemaphoreSlim _joining = new(1);

    /// <summary>The first proof: a code of somebody who is logged in.</summary>
    public AccessResult<JoinCode> NewCode(PersonRef person) =>
        codes.New(person) is { } code ? code : new AccessFault(StatusCodes.Status429TooManyRequests, "too_many_requests", "There are too many codes; try again in a few minutes.");

    /// <summary>The second: somebody who is logged in elsewhere brings the code.</summary>
    public async Task<AccessResult<JoinedIdentity>> JoinAsync(PersonRef by, string? code, CancellationToken cancellationToken)
    {
        // Used, ended, or never made: an answer that tells them apart would help who guesses.
        if (codes.Take(code) is not { } made)
        {
            return AccessFault.Invalid("code: one that you made with your other login in the last five minutes, and did not use yet.");
        }

        await _joining.WaitAsync(cancellationToken);
        try
        {
            if (Check(made, by) is { } fault)
            {
                return fault;
            }

            var join = new JoinedIdentity
            {
                Id = "idn_" + key.DigestOf(by.Issuer, by.Subject),
                Person = joined.Of(made.Person)[0],
                Joined = by,
                At = time.GetUtcNow(),
            };
            if (!await audit.MakeAsync(RecordOf(ChangeEvents.IdentityJoined, by, join, null), () => grants.TryWriteAsync(by.Key(), [joined.Set.Add(join.Id, join)], CancellationToken.None), cancellationToken))
            {
                return AccessFault.Raced;
            }

            joined.Remember(join);
            return join;
        }
        finally
        {
            _joining.Release();
        }
    }

    /// <summary>Undoes a join, at once and in answers under way; each keeps what is his own.</summary>
    /// <param name="by">Who undoes it.</param>
    /// <param name="id">Which.</param>
    /// <param name="reason">Why; null where the person himself does.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<AccessResult<JoinedIdentity>> UndoAsync(PersonRef by, string id, string? reason, CancellationToken cancellationToken)
    {
        if (await joined.Set.FindAsync(id, cancellationToken) is not { Value.UndoneAt: null } stored || (reason is null && !stored.Value.Names(by) && !joined.AreOne(by, stored.Value.Joined)))
        {
            return AccessFault.NotFound("join");
        }

        if (reason is null && joined.Of(by).Any(revocations.StandsAgainst))
        {
            return AccessFault.Forbidden("Something that was revoked stands against one of them, and against the other by the join: an operator undoes it.");
        }

        if (reason is not null && WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        // First in force, then recorded, as all that takes away.
        var undone = stored.Value.Undone(key, time.GetUtcNow());
        var before = await joined.Set.FindAsync(undone.Id, cancellationToken);
        var record = RecordOf(ChangeEvents.IdentityUndone, by, stored.Value, reason);
        if (!await audit.KeepAsync(record, () => RemoveAsync(stored, before is null ? joined.Set.Add(undone.Id, undone) : joined.Set.Replace(before, undone), CancellationToken.None)))
        {
            return AccessFault.NotFound("join");
        }

        await audit.CommitAsync(record, CancellationToken.None);
        return stored.Value with { UndoneAt = undone.UndoneAt };
    }

    /// <summary>Undoes the joins of somebody who is erased, and forgets them. What stands against him stands against the others then: nobody comes back by being erased.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> EraseAsync(PersonRef person, CancellationToken cancellationToken)
    {
        var joins = await joined.ListAsync(person, cancellationToken);
        var others = joined.Of(person).Remove(person);
        foreach (var entry in joins.Any(join => join.Names(person)) ? revocations.AllAgainst(person) : [])
        {
            foreach (var other in others)
            {
                await revocations.RevokeAsync(
                    entry with { Id = StateId.New("rev", time.GetUtcNow()), Subject = other.Subject, SubjectDigest = null, Reason = PersonRef.Erased }, cancellationToken);
            }
        }

        var erased = 0;
        foreach (var join in joins.Where(join => join.Names(person)))
        {
            erased += await joined.Set.FindAsync(join.Id, cancellationToken) is { } stored && await RemoveAsync(stored, null, cancellationToken) ? 1 : 0;
        }

        foreach (var undone in await joined.UndoneAsync(person, cancellationToken))
        {
            erased += await joined.Set.FindAsync(undone.Id, cancellationToken) is { } stored && await grants.TryWriteAsync(person.Key(), [joined.Set.Remove(stored)], cancellationToken) ? 1 : 0;
        }

        joined.Forget(person);
        return erased;
    }

    public void Dispose() => _joining.Dispose();

    private async Task<bool> RemoveAsync(Stored<JoinedIdentity> stored, StateChange? beside, CancellationToken cancellationToken)
    {
        await _joining.WaitAsync(cancellationToken);
        try
        {
            joined.Forget(stored.Value);
            return await grants.TryWriteAsync(stored.Value.Joined.Key(), beside is { } change ? [joined.Set.Remove(stored), change] : [joined.Set.Remove(stored)], CancellationToken.None);
        }
        finally
        {
            // Also where it could not be kept. Whoever reads his grants at this moment reads them again after the write; who has
            // read them loses those that are not his.
            live.Change(caller => PersonRef.Of(caller) is { } person && caller.Grants.Any(grant => IsOfAnother(grant, person))
                ? caller with { Grants = caller.Grants.RemoveAll(grant => IsOfAnother(grant, person)) }
                : caller);
            _joining.Release();
        }
    }

    private bool IsOfAnother(CallerGrant grant, PersonRef person) => grant.Holder is { } holder && joined.Of(person).All(one => one.Key() != holder);

    private AccessFault? Check(TakenCode code, PersonRef by) =>
        code.Person == by ? AccessFault.Conflict("The code was made with this very login; bring it with the token of another client.")
        : code.Person.Issuer != by.Issuer ? AccessFault.Forbidden("Subjects of two issuers are not joined: neither can say that they are one person.")
        : revocations.Against(code.Person.Issuer, code.Person.Subject).Any(entry => !(entry.IssuedBefore <= code.MadeAt)) ? AccessFault.Forbidden("Whoever made the code is revoked.")
        : joined.Of(by).Length > 1 ? AccessFault.Conflict("This login is joined already; undo that first.")
        : joined.Of(code.Person).Length >= MostPerPerson ? AccessFault.Conflict($"A person has {MostPerPerson} logins at most; undo one first.")
        : null;

    private ChangeRecord RecordOf(string happened, PersonRef by, JoinedIdentity join, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = join.Id,

        // Not the people: nothing of the chain could be erased.
        Details = [new("joined", key.DigestOf(join.Joined.Issuer, join.Joined.Subject)), new("joined_to", key.DigestOf(join.Person.Issuer, join.Person.Subject))],
        Reason = reason,
    };
}
