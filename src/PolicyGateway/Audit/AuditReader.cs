using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace PolicyGateway.Audit;

/// <summary>Which records are wanted; null fields want all.</summary>
internal sealed record AuditFilter(string? DecisionId, DateTimeOffset? Since, string? Category, string? Outcome, int Limit);

/// <summary>A record for people: its payload, with what is stored beside it put in.</summary>
internal sealed record AuditRow(long Seq, string Hash, JsonObject Payload)
{
    public string Text(string name) => Payload[name] is { } value ? value.ToString() : "";
}

/// <summary>Reads records without checking them; that is the verifier's.</summary>
internal static class AuditReader
{
    /// <summary>What is said of a record whose payload is not what was written.</summary>
    private const string Unreadable = "(altered, cannot be read)";

    private static readonly JsonDocumentOptions OnlyOnce = new() { AllowDuplicateProperties = false };

    /// <summary>The newest records that pass the filter, oldest first.</summary>
    public static IReadOnlyList<AuditRow> Read(string file, AuditFilter filter, EvidenceSeal? seal = null)
    {
        if (!File.Exists(file))
        {
            throw new AuditUnavailableException($"There is no audit log at '{file}'.");
        }

        using var database = AuditDatabase.Open(file);
        var logId = database.ReadLogId() ?? "";
        var rows = new List<AuditRow>();
        foreach (var record in database.ReadRecords(newestFirst: true))
        {
            if (rows.Count == filter.Limit)
            {
                break;
            }

            if (Parse(record.Payload) is not { } payload)
            {
                // Whose it is nobody knows, so it is shown to whoever looks; the verifier says what is wrong with it.
                rows.Add(new AuditRow(record.Seq, Convert.ToHexStringLower(record.Hash), new JsonObject { ["kind"] = Unreadable }));
                continue;
            }

            if (filter.Since is { } since && AuditPayload.RecordedAt(payload) < since)
            {
                break;
            }

            if (Passes(payload, filter))
            {
                rows.Add(Row(record, logId, seal));
            }
        }

        rows.Reverse();
        return rows;
    }

    /// <summary>The records of one decision, oldest first; none where nobody knows it.</summary>
    public static IReadOnlyList<AuditRow> ReadDecision(string file, string decisionId)
    {
        using var database = AuditDatabase.Open(file);
        return [.. database.ReadDecision(decisionId).Select(static record => Row(record, "", null))];
    }

    /// <summary>A payload that says when it was written, as all do; null for one that was altered so that it no longer does.</summary>
    private static JsonElement? Parse(byte[] payload)
    {
        try
        {
            using var document = Utf8.IsValid(payload) ? JsonDocument.Parse(payload, OnlyOnce) : null;
            var root = document?.RootElement.Clone();
            return root is { } record && AuditPayload.RecordedAt(record) > DateTimeOffset.MinValue ? record : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static bool Passes(JsonElement payload, AuditFilter filter)
    {
        var category = Text("category");
        return (filter.DecisionId is null || Text("decision") == filter.DecisionId)
            && (filter.Outcome is null || Text("outcome") == filter.Outcome)
            && (filter.Category is null || category == filter.Category
                || category?.StartsWith(filter.Category + ".", StringComparison.Ordinal) == true);

        string? Text(string name) => payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static AuditRow Row(StoredRecord record, string logId, EvidenceSeal? seal)
    {
        var payload = JsonNode.Parse(record.Payload)!.AsObject();
        Put("subject", record.Personal?.Subject);
        Put("organisation", record.Personal?.Organisation);
        Put("reason", record.Personal?.Reason);
        if (record.Evidence is { } box)
        {
            payload["evidence"] = Unseal(record.Seq, payload["decision"]?.GetValue<string>() ?? "", box);
        }

        return new AuditRow(record.Seq, Convert.ToHexStringLower(record.Hash), payload);

        void Put(string name, byte[]? value)
        {
            if (payload.ContainsKey(name + "_digest"))
            {
                payload[name] = value is null ? "(erased)" : Encoding.UTF8.GetString(value);
            }
        }

        string Unseal(long seq, string decision, byte[] sealedText)
        {
            try
            {
                return seal is null ? "(sealed)" : seal.Open(logId, seq, decision, sealedText);
            }
            catch (CryptographicException)
            {
                return "(sealed with another key, or altered)";
            }
        }
    }
}
