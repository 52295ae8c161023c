using System.IO.Compression;
using System.Text.Json;
using PolicyGateway.Classification;

namespace PolicyGateway.Training.Data;

/// <summary>Reads the labelled data: gzipped JSON lines.</summary>
internal static class RowReader
{
    public static List<Row> Read(string path)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        var rows = new List<Row>();
        while (reader.ReadLine() is { } line)
        {
            rows.Add(Parse(line));
        }

        return rows;
    }

    private static Row Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var row = json.RootElement;
        return new Row(
            Text(row, "id")!,
            Text(row, "kind") == "completion" ? TextKind.Completion : TextKind.Prompt,
            Text(row, "text")!,
            Text(row, "prompt") ?? "",
            Text(row, "lang")!,
            Text(row, "source")!,
            Text(row, "license") ?? "unstated",
            Text(row, "severity")!,
            [.. row.GetProperty("categories").EnumerateArray().Select(c => c.GetString()!)],
            row.GetProperty("permissive").GetBoolean(),
            Text(row, "pair"),
            Text(row, "split") == "dev");
    }

    private static string? Text(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
