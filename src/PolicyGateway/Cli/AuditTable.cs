using System.Text.Json;
using System.Text.Json.Nodes;
using PolicyGateway.Audit;

namespace PolicyGateway.Cli;

/// <summary>How audit records and reports are printed.</summary>
internal static class AuditTable
{
    private static readonly (string Title, Func<AuditRow, string> Cell)[] Columns =
    [
        ("SEQ", row => $"{row.Seq}"),
        ("RECORDED", row => row.Text("recorded_at")),
        ("EVENT", row => row.Text(row.Payload.ContainsKey("event") ? "event" : "kind")),
        ("DECISION", row => row.Text("decision")),
        ("SUBJECT", row => row.Text("subject")),
        ("TIER", row => row.Text("tier")),
        ("CATEGORY", row => row.Text("category")),
        ("ACTION", row => row.Text("action")),
        ("REASON", row => row.Text("reason")),
        ("OUTCOME", row => row.Text("outcome")),
        ("STATUS", row => row.Text("status")),
        ("BYTES", row => row.Text("released_bytes")),
    ];

    public static void Write(IReadOnlyList<AuditRow> rows, bool asJson, bool inFull, TextWriter output)
    {
        if (asJson || inFull)
        {
            foreach (var row in rows)
            {
                var whole = new JsonObject { ["seq"] = row.Seq, ["hash"] = row.Hash, ["record"] = row.Payload.DeepClone() };
                output.WriteLine(asJson ? PlainJson.Line(whole) : PlainJson.Indented(whole));
            }

            return;
        }

        var cells = rows.Select(row => Array.ConvertAll(Columns, column => Plain(column.Cell(row)))).Prepend(Array.ConvertAll(Columns, column => column.Title)).ToList();
        var widths = Columns.Select((_, column) => cells.Max(row => row[column].Length)).ToArray();
        foreach (var row in cells)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    public static string ToJson(VerificationReport report, string file) => PlainJson.Line(new JsonObject
    {
        ["intact"] = report.Intact,
        ["file"] = file,
        ["log"] = report.LogId,
        ["records"] = report.Records,
        ["first_seq"] = report.FirstSeq,
        ["last_seq"] = report.LastSeq,
        ["last_hash"] = report.LastHash,
        ["heads_checked"] = report.HeadsChecked,
        ["erased"] = report.Erased,
        ["faults"] = new JsonArray([.. report.Faults.Select(fault => new JsonObject
        {
            ["kind"] = JsonNamingPolicy.SnakeCaseLower.ConvertName($"{fault.Kind}"),
            ["seq"] = fault.Seq,
            ["decision"] = fault.DecisionId,
            ["message"] = fault.Message,
        })]),
    });

    public static string Plain(string text) =>
        text.Any(char.IsControl) ? new string([.. text.Select(c => char.IsControl(c) ? '?' : c)]) : text;
}
