using Microsoft.Extensions.Options;
using PolicyGateway.Audit;

namespace PolicyGateway.Access;

/// <summary>A decision as the audit has it.</summary>
/// <param name="Person">Who was decided about, also where it is an organisation's key; null where nothing named him.</param>
/// <param name="IsAnonymous">Whether nothing ever named the caller; somebody who was erased is none.</param>
/// <param name="WasRefused">Whether he was refused.</param>
/// <param name="Category">The category that decided.</param>
/// <param name="Reason">The reason code.</param>
internal sealed record PastDecision(PersonRef? Person, bool IsAnonymous, bool WasRefused, string? Category, string? Reason);

/// <summary>Finds a decision by its id, in the audit's own database and beside its writer.</summary>
internal sealed class DecisionLookup(IOptions<AuditOptions> options)
{
    /// <summary>Null where nobody knows it.</summary>
    public Task<PastDecision?> FindAsync(string id, CancellationToken cancellationToken) => Task.Run(() => Find(id), cancellationToken);

    private PastDecision? Find(string id) =>
        AuditReader.ReadDecision(options.Value.File, id) is { Count: > 0 } rows ? Of(rows[^1]) : null;

    private static PastDecision Of(AuditRow row)
    {
        var (issuer, subject, category, reason) = (row.Text("issuer"), row.Text("subject"), row.Text("category"), row.Text("reason"));
        return new PastDecision(
            issuer.Length > 0 && subject.Length > 0 ? new PersonRef(issuer, subject) : null,
            issuer.Length == 0 && subject.Length == 0,
            row.Text("outcome") == "refused",
            category.Length > 0 ? category : null,
            reason.Length > 0 ? reason : null);
    }
}
