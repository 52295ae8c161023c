using System.Text;
using System.Text.Json;

namespace PolicyGateway.Audit;

/// <summary>Records for people who look for something: newest first, from where an index leads.</summary>
internal sealed partial class AuditDatabase
{
    private const string Columns = "c.seq, CAST(c.payload AS BLOB), p.seq IS NOT NULL, p.issuer, CAST(p.subject AS BLOB), CAST(p.organisation AS BLOB)";

    private static readonly string[] Naming = ["decision", "target", "refusal"];

    /// <summary>Ends a statement under way, whatever it is at, when a token is cancelled.</summary>
    public CancellationTokenRegistration InterruptOn(CancellationToken cancellationToken) =>
        cancellationToken.Register(static handle => SQLitePCL.raw.sqlite3_interrupt((SQLitePCL.sqlite3)handle!), _connection.Handle);

    /// <summary>The numbers of the first and the last record; zeros in an empty log.</summary>
    public (long First, long Last) ReadRange() =>
        Query("SELECT coalesce((SELECT min(seq) FROM chain), 0), coalesce((SELECT max(seq) FROM chain), 0)").Select(static row => (row.GetInt64(0), row.GetInt64(1))).First();

    /// <summary>Records from <paramref name="from"/> on and before <paramref name="before"/>, newest first.</summary>
    public IEnumerable<AuditLine> ReadLines(AuditPlace place, long from, long before)
    {
        // A person's records are few among many: there the index of the personal fields leads, in the order of the numbers.
        var tables = place.Decision is null && (place.Subject ?? place.Organisation) is not null
            ? "personal p CROSS JOIN chain c ON c.seq = p.seq"
            : "chain c LEFT JOIN personal p ON p.seq = c.seq";
        var number = tables[0] == 'p' ? "p.seq" : "c.seq";
        var sql = $"SELECT {Columns}, {Reason} FROM {tables} WHERE {number} >= $from AND {number} < $before"
            + (place.Decision is null ? "" : $" AND c.seq IN ({About})")
            + (place.Subject is null ? "" : " AND p.subject = CAST($subject AS TEXT)")
            + (place.Organisation is null ? "" : " AND p.organisation = CAST($organisation AS TEXT)")
            + (place.Issuer is null ? "" : " AND p.issuer = $issuer")
            + $" ORDER BY {number} DESC";
        return Lines(sql, [("$from", from), ("$before", before), .. place.Values()]);
    }

    /// <summary>The records of one decision without its evidence, oldest first.</summary>
    /// <summary>Numbers of records whose reason holds a text, oldest first.</summary>
    public IReadOnlyList<long> ReadReasonsWith(string text, int most) =>
        [.. Query("SELECT seq FROM personal WHERE instr(reason, $text) > 0 ORDER BY seq LIMIT $most", [("$text", text), ("$most", most)]).Select(static row => row.GetInt64(0))];

    public IReadOnlyList<AuditLine> ReadDecisionLines(string id) =>
        [.. Lines($"SELECT {Columns}, {Reason} FROM chain c LEFT JOIN personal p ON p.seq = c.seq WHERE {Field("c.", "decision")} = $decision ORDER BY c.seq", [("$decision", id)])];

    /// <summary>The first record that was written at a time or later. Times never run backwards along the chain, so it is found by halving.</summary>
    public long FirstAt(DateTimeOffset time)
    {
        var (low, last) = ReadRange();
        for (var high = last + 1; low < high;)
        {
            var middle = low + ((high - low) / 2);
            if (Lines($"SELECT {Columns}, NULL, NULL FROM chain c LEFT JOIN personal p ON p.seq = c.seq WHERE c.seq >= $from ORDER BY c.seq LIMIT 1", [("$from", middle)])
                .FirstOrDefault() is { } line && line.RecordedAt < time)
            {
                low = line.Seq + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The records of a decision, and the changes that name it or the refusal that it was.</summary>
    private static string About => string.Join(" UNION ", from name in Naming select $"SELECT seq FROM chain WHERE {Field("", name)} = $decision");

    // As the indexes have it, or they are not used.
    private static string Field(string table, string name) => $"CASE WHEN json_valid({table}payload) THEN json_extract({table}payload, '$.{name}') END";

    private IEnumerable<AuditLine> Lines(string sql, (string Name, object? Value)[] values) => Query(sql, values).Select(static row => new AuditLine(
        row.GetInt64(0), AuditLine.Parse(Bytes(row, 1) ?? []), row.GetInt64(2) != 0, row.IsDBNull(3) ? null : row.GetString(3), Text(Bytes(row, 4)), Text(Bytes(row, 5)), Text(Bytes(row, 6))));

    private static string? Text(byte[]? value) => value is null ? null : Encoding.UTF8.GetString(value);
}

/// <summary>Where in the audit to look: what has an index. Null fields are not asked for.</summary>
/// <param name="Decision">A decision's id: its records, and the changes that name it.</param>
/// <param name="Issuer">Whose name the subject or the organisation is.</param>
/// <param name="Subject">A person: what was decided for him, and what he changed.</param>
/// <param name="Organisation">An organisation: what was decided for its people.</param>
internal sealed record AuditPlace(string? Decision = null, string? Issuer = null, string? Subject = null, string? Organisation = null)
{
    public IEnumerable<(string, object?)> Values()
    {
        // As bytes: what a name holds is compared as it was recorded, whatever it is.
        foreach (var (name, value) in new (string, object?)[] { ("$decision", Decision), ("$issuer", Issuer), ("$subject", Bytes(Subject)), ("$organisation", Bytes(Organisation)) })
        {
            if (value is not null)
            {
                yield return (name, value);
            }
        }
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}

/// <summary>A record with the personal fields that stand beside it.</summary>
/// <param name="Seq">Its number.</param>
/// <param name="Payload">What is chained; undefined where it cannot be read.</param>
/// <param name="HasPersonal">Whether personal fields stand beside it: none were there, or they were erased.</param>
/// <param name="Issuer">Of whom it tells.</param>
/// <param name="Subject">Of whom it tells, or who did it.</param>
/// <param name="Organisation">His organisation.</param>
/// <param name="Reason">Why somebody changed something.</param>
internal sealed record AuditLine(long Seq, JsonElement Payload, bool HasPersonal, string? Issuer, string? Subject, string? Organisation, string? Reason)
{
    public bool IsReadable => Payload.ValueKind == JsonValueKind.Object;

    public bool IsDecision => Text("kind") == AuditPayload.DecisionKind;

    public DateTimeOffset RecordedAt => TimeOf("recorded_at");

    /// <summary>A member of the payload that is text; null where there is none.</summary>
    public string? Text(string name) =>
        IsReadable && Payload.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public DateTimeOffset TimeOf(string name) =>
        DateTimeOffset.TryParse(Text(name), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var time) ? time : DateTimeOffset.MinValue;

    public static JsonElement Parse(byte[] payload)
    {
        try
        {
            return JsonElement.Parse(payload);
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
