using System.Text.Json;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>A record of the audit as those with a role see it.</summary>
/// <param name="Sequence">Its number in the chain.</param>
/// <param name="RecordedAt">When it was written.</param>
/// <param name="Kind"><c>decision</c>, <c>change</c>, <c>erasure</c>, <c>retention</c>, <c>key</c>, or <c>unreadable</c> where it was altered.</param>
/// <param name="Event">Which moment of a request, or what was changed.</param>
/// <param name="Decision">The decision's id.</param>
/// <param name="Target">What was changed.</param>
/// <param name="Issuer">Of the person.</param>
/// <param name="Subject">For whom it was decided, or who made the change.</param>
/// <param name="Organisation">His organisation.</param>
/// <param name="IsErased">Whether who it was, and why he did it, was erased.</param>
/// <param name="Category">The category that decided.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Reason">The reason code of a decision; of a change the reason that somebody gave.</param>
/// <param name="Record">All that is chained: personal fields as digests only.</param>
internal sealed record AuditEntry(
    long Sequence,
    DateTimeOffset RecordedAt,
    string Kind,
    string? Event,
    string? Decision,
    string? Target,
    string? Issuer,
    string? Subject,
    string? Organisation,
    bool IsErased,
    string? Category,
    string? Outcome,
    string? Reason,
    JsonElement? Record)
{
    public static AuditEntry Of(AuditLine line) => new(
        line.Seq,
        line.RecordedAt,
        line.Text("kind") ?? "unreadable",
        line.Text("event"),
        line.Text("decision"),
        line.Text("target"),
        line.Issuer ?? line.Text("issuer"),
        line.Subject,
        line.Organisation,
        !line.HasPersonal && (line.Text("subject_digest") ?? line.Text("organisation_digest") ?? line.Text("reason_digest")) is not null,
        line.Text("category"),
        line.Text("outcome"),
        line.IsDecision ? line.Text("reason") : line.Reason,
        line.IsReadable ? line.Payload : null);
}

/// <summary>Part of what was found.</summary>
/// <param name="Items">Newest first; may be few or none though there is a next page, where much was looked at in vain.</param>
/// <param name="Next">What <c>after</c> is for the next page; null at the end.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Items, string? Next);
