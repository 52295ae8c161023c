using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;

namespace PolicyGateway.Privacy;

/// <summary>What an erasure did.</summary>
/// <param name="Person">The keyed digest that the audit calls the person by.</param>
/// <param name="Records">Records of the store that were his, by kind.</param>
/// <param name="AuditRecords">Records of the audit that something was erased of.</param>
/// <param name="Sessions">Logins that ended.</param>
/// <param name="LeftTheDisk">Whether what was erased has left the store's files already; else the next write or restart sees to it.</param>
/// <param name="Mentions">Ids of other people's records that hold the subject as a text, and numbers of such records of the audit, 100 at most of either: somebody should read them.</param>
internal sealed record ErasureView(
    string Person, IReadOnlyDictionary<string, int> Records, long AuditRecords, int Sessions, bool LeftTheDisk, IReadOnlyList<string> Mentions);

/// <summary>Erases a person everywhere in this gateway, and records that it was done, by whom and why, but not of whom.</summary>
internal sealed class Erasure(PersonInState state, JoinedIdentities joined, PersonInAudit recorded, PersonInMemory memory, PrivacyKey key, IAuditLog audit)
{
    public async Task<AccessResult<ErasureView>> EraseAsync(PersonRef by, string? issuer, string? subject, string? reason, CancellationToken cancellationToken)
    {
        var named = NamedPerson.Of(issuer, subject);
        if ((named.Fault ?? WrittenText.CheckText("reason", reason)) is { } fault)
        {
            return fault;
        }

        var person = named.Value!;
        if (joined.WereEverOne(person, by))
        {
            return AccessFault.Forbidden("Nobody erases himself: the record would have no name of who did it.");
        }

        cancellationToken.ThrowIfCancellationRequested();

        // From here on whoever asked may leave. The audit first: it is found by ids that only the store knows. What is cut off
        // in between is done by asking again.
        var ids = await state.IdsAsync(person, CancellationToken.None);
        var lines = await recorded.EraseAsync(person, ids, CancellationToken.None);
        var mentioned = await recorded.MentionsAsync(person, CancellationToken.None);
        var records = await state.EraseAsync(person, by, CancellationToken.None);
        var sessions = memory.Forget(person);
        var view = new ErasureView(
            key.DigestOf(person.Issuer, person.Subject),
            records,
            lines,
            sessions,
            await state.ScrubAsync(CancellationToken.None),
            [.. await state.MentionsAsync(person, CancellationToken.None), .. mentioned]);
        await audit.CommitAsync(
            new ChangeRecord
            {
                Event = ChangeEvents.PrivacyErased,
                Issuer = by.Issuer,
                Subject = by.Subject,
                Target = view.Person,
                Details = [.. records.Select(static pair => KeyValuePair.Create(pair.Key, $"{pair.Value}")), new("audit_records", $"{lines}")],
                Reason = reason,
            },
            CancellationToken.None);
        return view;
    }
}
