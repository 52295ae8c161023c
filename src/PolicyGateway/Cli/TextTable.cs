namespace PolicyGateway.Cli;

/// <summary>A table for people: columns as wide as what stands in them.</summary>
internal static class TextTable
{
    /// <summary>An empty line, the titles, the rows; nothing where there are no rows.</summary>
    public static void Write(TextWriter output, string[] titles, IEnumerable<string[]> lines)
    {
        List<string[]> rows = [titles, .. lines];
        if (rows.Count == 1)
        {
            return;
        }

        output.WriteLine();
        var widths = Enumerable.Range(0, titles.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
