namespace PolicyGateway.Evaluation.Rendering;

/// <summary>A table; its first column names the row, the others are figures.</summary>
internal static class Table
{
    public static Markup Of(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Figure>> rows)
    {
        var table = Markup.Of($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\n<caption>{caption}</caption>\n<thead><tr>");
        foreach (var column in columns)
        {
            table.Add($"<th scope=\"col\">{column}</th>");
        }

        table.Add($"</tr></thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            table.Add($"<tr><th scope=\"row\">{row[0].Main}</th>");
            foreach (var cell in row.Skip(1))
            {
                table.Add($"<td>{cell.Main}");
                if (cell.Small.Length > 0)
                {
                    table.Add($"<small>{cell.Small}</small>");
                }

                table.Add($"</td>");
            }

            table.Add($"</tr>\n");
        }

        return table.Add($"</tbody>\n</table></div>\n");
    }
}
