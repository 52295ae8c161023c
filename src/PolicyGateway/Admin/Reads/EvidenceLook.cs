using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>The sealed text of one decision, opened.</summary>
/// <param name="Decision">Whose text it is.</param>
/// <param name="RecordedAt">When it was sealed.</param>
/// <param name="Category">The category that decided.</param>
/// <param name="Text">What was asked and answered.</param>
internal sealed record OpenedEvidence(string Decision, DateTimeOffset RecordedAt, string? Category, string Text);

/// <summary>
/// Opens the sealed text of one decision for an approver. That he looked, and why, is durable before anything is opened; where it cannot
/// be recorded nothing is.
/// </summary>
internal sealed class EvidenceLook(AuditReads reads, JoinedIdentities joined, IAuditLog audit, IOptions<AuditOptions> options)
{
    public async Task<AccessResult<OpenedEvidence>> OpenAsync(PersonRef by, string decision, string? reason, CancellationToken cancellationToken)
    {
        if (WrittenText.CheckText("reason", reason) is { } fault)
        {
            return fault;
        }

        if (EvidenceSeal.From(options.Value.SealedEvidence) is not { } seal)
        {
            return AccessFault.Conflict("This gateway seals no text (Audit:SealedEvidence), and has no key to open any.");
        }

        var (logId, record, isOwn) = await reads.StaffAsync(
            (database, _) => (
                database.ReadLogId() ?? "",
                database.ReadDecision(decision).LastOrDefault(static record => record.Evidence is not null),
                database.ReadDecisionLines(decision).Any(line => line is { Issuer: { } issuer, Subject: { } subject } && joined.WereEverOne(new PersonRef(issuer, subject), by))),
            cancellationToken);
        if (record is null)
        {
            return AccessFault.NotFound("sealed text");
        }

        if (isOwn)
        {
            return AccessFault.Forbidden("Nobody opens the text of his own requests: what was refused to him would be his after all.");
        }

        var line = new AuditLine(record.Seq, AuditLine.Parse(record.Payload), false, null, null, null, null);
        var category = line.Text("category");
        await audit.CommitAsync(
            new ChangeRecord { Event = ChangeEvents.EvidenceSeen, Issuer = by.Issuer, Subject = by.Subject, Target = decision, Categories = category is null ? [] : [category], Reason = reason },
            cancellationToken);
        try
        {
            return new OpenedEvidence(decision, line.RecordedAt, category, seal.Open(logId, record.Seq, decision, record.Evidence!));
        }
        catch (CryptographicException)
        {
            return AccessFault.Conflict("The text was sealed with another key than Audit:SealedEvidence:KeyFile, or was altered.");
        }
    }
}
