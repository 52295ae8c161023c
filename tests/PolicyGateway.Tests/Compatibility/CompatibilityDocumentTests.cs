using System.Globalization;
using System.Text;

namespace PolicyGateway.Tests.Compatibility;

/// <summary>
/// Holds <c>docs/compatibility.md</c> to what was seen. To write it anew:
/// <c>UPDATE_DOCUMENTS=1 dotnet test tests/PolicyGateway.Tests --filter FullyQualifiedName~CompatibilityDocument</c>.
/// </summary>
[Collection(CompatibilityRuns.Name)]
public sealed class CompatibilityDocumentTests(CompatibilityRun run)
{
    private readonly List<string> _notes = [];

    [Fact]
    public void The_document_says_what_users_see() => GeneratedPart.AssertIs("docs/compatibility.md", Generate());

    private string Generate()
    {
        var text = new StringBuilder("\n## Clients\n\n| client | package | version | what is used | path |\n|---|---|---|---|---|\n");
        foreach (var client in Client.All)
        {
            Line(text, $"| {client.Name} | `{client.Package}` | {client.Version} | {client.Use} | `{client.Path}` |");
        }

        Line(text, $"\nThe clients of `@ai-sdk/*` are used through `ai` {Client.NodeVersion("ai")}.\n\n## Matrix\n");
        Line(text, $"| | {string.Join(" | ", Scenario.All.Select(static scenario => scenario.Title))} |");
        Line(text, $"|---|{string.Concat(Scenario.All.Select(static _ => "---|"))}");
        foreach (var client in Client.All)
        {
            Line(text, $"| {client.Name} | {string.Join(" | ", Scenario.All.Select(scenario => Mark(Expected.Table.Of(scenario, client))))} |");
        }

        text.Append('\n');
        for (var number = 0; number < _notes.Count; number++)
        {
            Line(text, $"{number + 1}. {Expected.Table.Notes[_notes[number]]}");
        }

        foreach (var scenario in Scenario.All)
        {
            Describe(text, scenario);
        }

        return text.Append('\n').ToString();
    }

    /// <summary>Clients whose users see the same stand in one line.</summary>
    private void Describe(StringBuilder text, Scenario scenario)
    {
        Line(text, $"\n## {scenario.Title}\n\n{scenario.What}\n\n| what the user sees | of |\n|---|---|");
        var seen = Client.All.Where(client => run.Of(client.Name, scenario.Name) is not null)
            .GroupBy(client => run.Of(client.Name, scenario.Name)!.Describe(scenario), client => client.Name + Number(Expected.Table.Of(scenario, client)));
        var absent = Client.All.Where(client => Expected.Table.Of(scenario, client).No is not null)
            .GroupBy(client => $"does not apply: {Expected.Table.Of(scenario, client).No}", static client => client.Name);
        foreach (var group in seen.Concat(absent))
        {
            Line(text, $"| {group.Key} | {string.Join(", ", group)} |");
        }
    }

    private string Mark(Cell cell) => cell.No is not null ? "–" : "✓" + Number(cell);

    private string Number(Cell cell)
    {
        if (cell.Note is null)
        {
            return "";
        }

        if (!_notes.Contains(cell.Note))
        {
            _notes.Add(cell.Note);
        }

        return $"<sup>{_notes.IndexOf(cell.Note) + 1}</sup>";
    }

    private static void Line(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
