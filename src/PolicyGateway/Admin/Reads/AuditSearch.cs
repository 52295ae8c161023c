using System.Globalization;
using System.Text.Json;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Identity;

namespace PolicyGateway.Admin.Reads;

/// <summary>Finds records in the audit, page by page. Who looks for a person is recorded before he sees anything.</summary>
internal sealed class AuditSearch(AuditReads reads, Looks looks, IAuditLog audit, TimeProvider time)
{
    /// <summary>Records looked at for one page, so that a rare thing costs many short reads and not a long one.</summary>
    public const int MostLookedAt = 50_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<AccessResult<AuditPage>> FindAsync(PersonRef by, AuditQuestion question, CancellationToken cancellationToken)
    {
        if (question.Check() is { } fault)
        {
            return fault;
        }

        if (question is { Issuer: { } issuer, Subject: { } subject })
        {
            await looks.RecordAsync(Looks.AtAudit, by, new PersonRef(issuer, subject), cancellationToken);
        }

        var hidden = question with { EndUser = question.EndUser is { } id ? EndUser.PseudonymOf(audit, question.Issuer, question.Organisation, id) : null };
        return await reads.StaffAsync((database, token) => Page(database, hidden, token), cancellationToken);
    }

    private AuditPage Page(AuditDatabase database, AuditQuestion question, CancellationToken cancellationToken)
    {
        var place = new AuditPlace(question.Decision, question.Issuer, question.Subject, question.Organisation);
        var from = question.From is { } since ? database.FirstAt(since) : 0;
        var before = Math.Min(question.After ?? long.MaxValue, question.To is { } until ? database.FirstAt(until) : long.MaxValue);
        var (found, lookedAt, began) = (new List<AuditEntry>(), 0, time.GetTimestamp());
        foreach (var line in database.ReadLines(place, from, before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Fits(line, question))
            {
                found.Add(AuditEntry.Of(line));
            }

            if (found.Count == question.Limit || ++lookedAt == MostLookedAt || (lookedAt % 1_000 == 0 && time.GetElapsedTime(began) > Patience))
            {
                return new AuditPage(found, line.Seq.ToString(CultureInfo.InvariantCulture));
            }
        }

        return new AuditPage(found, null);
    }

    private static bool Fits(AuditLine line, AuditQuestion question) =>
        (question.Event is null || question.Event == (line.Text("event") ?? line.Text("kind")))
        && (question.EndUser is null || question.EndUser == line.Text("end_user"))
        && (question.KeyId is null || question.KeyId == line.Text(line.IsDecision ? "key_id" : "target"))
        && (question.Outcome is null || question.Outcome == line.Text("outcome"))
        && (question.Reason is null || (line.IsDecision && question.Reason == line.Text("reason")))
        && (question.Category is not { } category || IsWithin(line.Text("category"), category) || Texts(line, "categories").Any(named => IsWithin(named, category)))
        && (question.Grant is not { } grant || line.Text("target") == grant || line.Text("grant") == grant || Texts(line, "grants").Contains(grant) || Texts(line, "grants_used").Contains(grant));

    private static bool IsWithin(string? category, string wanted) =>
        category is not null && category.StartsWith(wanted, StringComparison.Ordinal) && (category.Length == wanted.Length || category[wanted.Length] == '.');

    private static IEnumerable<string?> Texts(AuditLine line, string name) =>
        line.IsReadable && line.Payload.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString())
            : [];
}
