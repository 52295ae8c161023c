using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using PolicyGateway.Audit;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>A refusal that people found to be a mistake of the classifier: a labelled row for whoever measures or trains one.</summary>
/// <param name="Json">One row, as <c>evaluate</c> reads it where it has a text.</param>
/// <param name="HasText">Whether its text was sealed and could be opened.</param>
internal sealed record LabelledMistake(JsonObject Json, bool HasText);

/// <summary>Makes labelled rows of the appeals that were decided to be mistakes, from the store and the audit, beside a running gateway.</summary>
internal static class LabelledMistakes
{
    /// <param name="store">Where the appeals are.</param>
    /// <param name="auditFile">Where the refusals are.</param>
    /// <param name="seal">Opens their texts; null leaves them out.</param>
    /// <param name="cancellationToken">Ends it between two rows.</param>
    public static async IAsyncEnumerable<LabelledMistake> ReadAsync(
        IStateStore store, string auditFile, EvidenceSeal? seal, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var database = AuditDatabase.Open(auditFile);
        var logId = database.ReadLogId() ?? "";
        await foreach (var stored in Appeals.SetOf(store).AllAsync(new StateTag(Appeals.StatusTag, AppealStatus.Mistake.ToString()), cancellationToken))
        {
            yield return RowOf(stored.Value, [.. database.ReadDecision(stored.Value.DecisionId)], logId, seal);
        }
    }

    private static LabelledMistake RowOf(Appeal appeal, IReadOnlyList<StoredRecord> records, string logId, EvidenceSeal? seal)
    {
        var refusal = records.Count == 0 ? default : AuditLine.Parse(records[^1].Payload);
        var text = records.Select(record => Open(record, appeal.DecisionId, logId, seal)).FirstOrDefault(static text => text is not null);
        var row = new JsonObject
        {
            ["id"] = appeal.DecisionId,

            // What was judged last is what was refused: the answer, where there was one.
            ["kind"] = Has(refusal, "completion") ? "completion" : "prompt",
            ["severity"] = "benign",
            ["categories"] = new JsonArray(),
            ["topic"] = appeal.Category,
            ["source"] = "appeal",
            ["tier"] = Text(refusal, "tier"),
            ["classifier"] = Text(refusal, "classifier"),
            ["policy"] = Text(refusal, "policy"),
            ["refused_at"] = Text(refusal, "time"),
            ["decided_at"] = appeal.Outcome?.At,
        };
        if (text is not null)
        {
            row["text"] = text;
        }

        foreach (var missing in row.Where(static member => member.Value is null).Select(static member => member.Key).ToList())
        {
            row.Remove(missing);
        }

        return new LabelledMistake(row, text is not null);
    }

    private static string? Open(StoredRecord record, string decision, string logId, EvidenceSeal? seal)
    {
        try
        {
            return seal is not null && record.Evidence is { } box ? seal.Open(logId, record.Seq, decision, box) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool Has(JsonElement payload, string name) => payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out _);

    private static string? Text(JsonElement payload, string name) => Has(payload, name) ? payload.GetProperty(name).GetString() : null;
}
