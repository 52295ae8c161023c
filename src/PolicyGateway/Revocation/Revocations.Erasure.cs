using PolicyGateway.Access;
using PolicyGateway.Identity;
using PolicyGateway.State;

namespace PolicyGateway.Revocation;

/// <summary>
/// Revocations of people who were erased: they stay in force, against a keyed digest in the place of the name. Whoever was revoked
/// must not come back by being erased.
/// </summary>
internal sealed partial class Revocations
{
    private volatile bool _hasErased;

    /// <summary>What the audit needs to have of a revocation so that it can be made again from there: whom it names as a digest, and what it concerns.</summary>
    public IEnumerable<KeyValuePair<string, string>> DetailsOf(RevocationEntry entry)
    {
        if (entry.Target is RevocationTarget.Person or RevocationTarget.Credential)
        {
            yield return new(TakenAgain.Whom, entry.Subject is { } subject ? privacy.DigestOf(entry.Issuer, subject) : TakenAgain.Everybody);
        }

        if (entry.IssuedBefore is { } moment)
        {
            yield return new(TakenAgain.IssuedBefore, $"{moment:O}");
        }

        if (entry.ForgetAt is { } end)
        {
            yield return new(TakenAgain.ForgetAt, $"{end:O}");
        }
    }

    /// <summary>The revocations of a store, for those who look after all of its records.</summary>
    public static StateSet<RevocationEntry> SetOf(IStateStore store) => new(store, "revocation", static _ => []);

    /// <summary>
    /// Whether a revocation names a person. One of a credential may have another issuer, whose visa he brings: there his subject counts
    /// as well, unless that issuer has people of its own here, one of whom may have the same name.
    /// </summary>
    public static bool Names(RevocationEntry entry, PersonRef person, TokenIssuers issuers) =>
        entry.Subject == person.Subject
        && (entry.Issuer == person.Issuer || (entry.Target == RevocationTarget.Credential && issuers.VouchesByVisasAlone(entry.Issuer)));

    /// <summary>Whether a person made it. A record that does not say whose name stands there may be a namesake's, where there are other issuers.</summary>
    private static bool IsBy(RevocationEntry entry, PersonRef person, TokenIssuers issuers) =>
        entry.By == person.Subject && (entry.ByIssuer is { } issuer ? issuer == person.Issuer : issuers.IsOnly(person.Issuer));

    /// <summary>Puts a digest in the place of a person in every revocation that names him, and nobody in the place of whoever made it, where that was he.</summary>
    /// <returns>How many named him.</returns>
    public async Task<int> EraseAsync(PersonRef person, TokenIssuers issuers, CancellationToken cancellationToken)
    {
        var erased = 0;
        await foreach (var found in _set.AllAsync(null, cancellationToken))
        {
            for (Stored<RevocationEntry>? stored = found; stored is not null; stored = await _set.FindAsync(found.Id, cancellationToken))
            {
                var (isHis, isByHim) = (Names(stored.Value, person, issuers), IsBy(stored.Value, person, issuers));
                if (!isHis && !isByHim)
                {
                    break;
                }

                if (await TryReplaceAsync(stored, Without(stored.Value, isHis, isByHim), cancellationToken))
                {
                    erased += isHis ? 1 : 0;
                    break;
                }
            }
        }

        return erased;
    }

    private RevocationEntry Without(RevocationEntry entry, bool isHis, bool isByHim)
    {
        entry = isByHim ? entry with { By = PersonRef.Erased } : entry;
        return isHis
            ? entry with { Subject = null, SubjectDigest = privacy.DigestOf(entry.Issuer, entry.Subject!), Reason = PersonRef.Erased }
            : entry;
    }

    /// <summary>One of the two is in force at every moment.</summary>
    private async Task<bool> TryReplaceAsync(Stored<RevocationEntry> old, RevocationEntry entry, CancellationToken cancellationToken)
    {
        if (!await store.TryWriteAsync([_set.Replace(old, entry)], cancellationToken))
        {
            return false;
        }

        if (KeyOf(old.Value) == KeyOf(entry))
        {
            _entries.AddOrUpdate(KeyOf(entry), static (_, added) => [added], static (_, all, added) => all.RemoveAll(one => one.Id == added.Id).Add(added), entry);
        }
        else
        {
            Remember(entry);
            Forget(old.Value);
        }

        // Somebody may have lifted it since it was written, and found the old one only.
        if (await _set.FindAsync(old.Id, cancellationToken) is null)
        {
            Forget(entry);
        }

        return true;
    }

    /// <summary>What stands against one subject of a person stands against all of them.</summary>
    private bool ConcernsPerson(RevocationTarget target, string issuer, string? subject, string? name, Caller caller)
    {
        if (subject is null || joined.IsEmpty)
        {
            return ConcernsSubject(target, issuer, subject, name, caller);
        }

        foreach (var one in joined.Of(new PersonRef(issuer, subject)))
        {
            if (ConcernsSubject(target, issuer, one.Subject, name, caller))
            {
                return true;
            }
        }

        return false;
    }

    private bool ConcernsSubject(RevocationTarget target, string issuer, string? subject, string? name, Caller caller) =>
        Concerns(new Key(target, issuer, subject, name), caller)
        || (_hasErased && subject is not null && Concerns(new Key(target, issuer, privacy.DigestOf(issuer, subject), name), caller));

    /// <summary>With another key nobody would be known again, and everybody who was revoked and erased would be let in.</summary>
    private void CheckKey(RevocationEntry entry)
    {
        if (entry.SubjectDigest is { } digest && !digest.StartsWith(privacy.Id + ".", StringComparison.Ordinal))
        {
            throw new StateUnavailableException(
                $"Revocation {entry.Id} stands against somebody who was erased, and Privacy:KeyFile holds another key than it was written with: restore that key, or lift the revocation with the gateway that has it.");
        }
    }
}
