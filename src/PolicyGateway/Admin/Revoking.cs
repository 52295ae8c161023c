using System.Text.Json;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Admin;

/// <summary>An operator takes away, and gives back; recorded with the reason.</summary>
internal sealed class Revoking(IStateStore store, Revocations revocations, JoinedIdentities joined, TokenIssuers issuers, Outbox outbox, IAuditLog audit, IOptions<RevocationOptions> options, TimeProvider time)
{
    private const int LongestName = 256;

    public async Task<AccessResult<RevocationEntry>> RevokeAsync(PersonRef by, AdminEndpoints.NewRevocation body)
    {
        if ((Check(body) ?? WrittenText.CheckText("reason", body.Reason)) is { } fault)
        {
            return fault;
        }

        if (body is { Target: RevocationTarget.Person or RevocationTarget.Organisation, Issuer: { } issuer } && !issuers.Vouches(issuer) && !await StandsAsync(issuer))
        {
            return AccessFault.Invalid("issuer: none that this gateway takes tokens or visas of, or has a key, a grant or a request of; whoever is meant would stay.");
        }

        var now = time.GetUtcNow();
        var entry = new RevocationEntry
        {
            Id = StateId.New("rev", now),
            Target = body.Target!.Value,
            Issuer = body.Issuer!,
            Subject = body.Subject,
            Name = body.Name,
            IssuedBefore = body.IssuedBefore,
            At = now,
            ForgetAt = body.IssuedBefore <= DateTimeOffset.MaxValue - options.Value.KeepFor ? body.IssuedBefore + options.Value.KeepFor : null,
            By = by.Subject,
            ByIssuer = by.Issuer,
            Reason = body.Reason!,
        };

        // First in force, then recorded: what is taken away must not wait for a disk.
        var record = RecordOf(ChangeEvents.RevocationCreated, by, entry, body.Reason);
        var reached = await audit.KeepAsync(record, () => revocations.RevokeAsync(entry, CancellationToken.None, outbox.Of(Told(Happening.Of(Happening.RevocationCreated, entry, isFromHere: true)))));
        await audit.CommitAsync(record with { Details = record.Details.Add(new("answers_under_way", $"{reached}")) }, CancellationToken.None);
        return entry;
    }

    public async Task<AccessResult<RevocationEntry>> LiftAsync(PersonRef by, string id, string? reason, CancellationToken cancellationToken)
    {
        if (WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        if (await revocations.FindAsync(id, cancellationToken) is not { } entry)
        {
            return AccessFault.NotFound("revocation");
        }

        if (joined.EverOf(by).Any(one => revocations.IsAgainst(entry, one)))
        {
            return AccessFault.Forbidden("Nobody lifts what stands against himself.");
        }

        return await audit.MakeAsync(
            RecordOf(ChangeEvents.RevocationLifted, by, entry, reason),
            async () => await revocations.LiftAsync(id, CancellationToken.None, outbox.Of(Happening.Of(Happening.RevocationLifted, entry, isFromHere: true))) is not null, cancellationToken)
            ? entry
            : AccessFault.NotFound("revocation");
    }

    /// <summary>It stands against every login that is joined to the one that was named, and who ends sessions knows them one by one.</summary>
    private Happening[] Told(Happening revoked) => revoked.Person is not { } named
        ? [revoked]
        : [revoked, .. joined.Of(named).Where(other => other != named).Select(other => revoked with { Person = other, IsOfOtherLogin = true })];

    private AccessFault? Check(AdminEndpoints.NewRevocation body) => body switch
    {
        { Target: null } => AccessFault.Invalid("target: issuer, organisation, person or credential."),
        { Issuer: null or "" } => AccessFault.Invalid("issuer: the issuer whose tokens are meant."),
        { Subject.Length: > LongestName } or { Name.Length: > LongestName } => AccessFault.Invalid($"subject, name: {LongestName} characters at most, as in tokens."),
        _ when body.Name?.Any(char.IsControl) == true || body.Subject?.Any(char.IsControl) == true => AccessFault.Invalid("subject, name: control characters are in none that counts."),
        { Target: RevocationTarget.Person, Subject: null or "" } => AccessFault.Invalid("subject: the person (sub) who is meant."),
        { Target: RevocationTarget.Organisation or RevocationTarget.Credential, Name: null or "" } => AccessFault.Invalid("name: the organisation or the credential that is meant."),
        { Target: RevocationTarget.Issuer or RevocationTarget.Organisation, Subject: not null } => AccessFault.Invalid("subject belongs to a person or a credential."),
        { Target: RevocationTarget.Issuer or RevocationTarget.Person, Name: not null } => AccessFault.Invalid("name belongs to an organisation or a credential."),
        { Target: RevocationTarget.Credential, Issuer: { } issuer } when !issuers.Vouches(issuer) => AccessFault.Invalid("issuer: none that this gateway takes tokens or visas of; whoever is meant would stay."),
        { Target: RevocationTarget.Credential, Issuer: { } issuer } when !issuers.MayAssert(issuer, body.Name!) => AccessFault.Invalid("name: no credential that this issuer may assert; whoever is meant would keep his."),
        _ => null,
    };

    /// <summary>Whether something of an issuer is here still: a key of its people counts, and an approval, also when the configuration names it no more.</summary>
    private async Task<bool> StandsAsync(string issuer)
    {
        var text = $"\"issuer\":\"{JsonEncodedText.Encode(issuer)}\"";
        try
        {
            foreach (var kind in new[] { "key", "grant", "request" })
            {
                string? after = null;
                for (IReadOnlyList<StateRecord> page; (page = await store.ListAsync(new StateQuery(kind, After: after, Limit: 1_000), CancellationToken.None)).Count > 0; after = page[^1].Id)
                {
                    if (page.Any(record => record.Json.Contains(text, StringComparison.Ordinal)))
                    {
                        return true;
                    }
                }
            }

            return false;
        }
        catch (StateUnavailableException)
        {
            // What cannot be read may be here: nobody who is meant stays for that.
            return true;
        }
    }

    private ChangeRecord RecordOf(string happened, PersonRef by, RevocationEntry entry, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = entry.Id,

        // Not the person: the record of the revocation has him, where he can be erased.
        Details = [new("revoked", entry.Target.ToString().ToLowerInvariant()), new("revoked_issuer", entry.Issuer), .. entry.Name is { } name ? [new KeyValuePair<string, string>("revoked_name", name)] : Array.Empty<KeyValuePair<string, string>>(), .. revocations.DetailsOf(entry)],
        Reason = reason,
    };
}
