using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PolicyGateway.Cli.Explaining;

/// <summary>Prints a <see cref="TextReport"/> beside what the policy decides.</summary>
internal static class TextReportWriter
{
    // Of a passage so much is shown that it is recognised.
    private const int MostShown = 70;
    private const int MostPassages = 10;

    private static readonly JsonSerializerOptions Json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static void WriteJson(IEnumerable<(string Name, string? Value)> answer, TextReport report, TextWriter output)
    {
        var all = new JsonObject(answer.Select(line => KeyValuePair.Create(line.Name, (JsonNode?)line.Value)));
        foreach (var (name, value) in JsonSerializer.SerializeToNode(report, Json)!.AsObject().ToList())
        {
            all[name] = value?.DeepClone();
        }

        output.WriteLine(all.ToJsonString(Json));
    }

    public static void WriteText(IEnumerable<(string Name, string? Value)> answer, TextReport report, TextWriter output)
    {
        DecisionAnswer.Write(answer, output);
        DecisionAnswer.Write(
            [
                ("unknown", report.Unknown),
                ("model", report.Model),
                ("stage", report.Stage),
                ("head", report.Head),
                ("view", report.View),
                ("window", report.Windows is [var first, ..] ? Invariant($"{Place(first.Start, first.Length)}, surest of {report.WindowsInAll}") : null),
            ],
            output);
        TextTable.Write(output, ["HEAD", "PROBABILITY", "UNCERTAIN", "FLAGGED", "BAND", "VIEW"], report.Heads.OrderByDescending(head => head.Probability).Select(head =>
            new[] { head.Head, Invariant($"{head.Probability:F4}"), Invariant($"{head.Uncertain:F3}"), Invariant($"{head.Flagged:F3}"), head.Band, head.View }));
        TextTable.Write(output, ["VIEW", "CHARACTERS", "STAGE", "WINDOWS", "PROBABILITY"], report.Views.Select(view =>
            new[] { view.View, Invariant($"{view.Characters}"), view.Stage, Invariant($"{view.Windows}"), view.Unknown ?? Probability(view.Probability) }));
        TextTable.Write(output, [$"WINDOW OF {report.WindowsInAll}", "STAGE", "PROBABILITY ALONE"], report.Windows.Select(window =>
            new[] { Place(window.Start, window.Length), window.Stage, Probability(window.Probability) }));
        WritePassages(report, output);
        foreach (var note in report.Notes)
        {
            output.WriteLine();
            output.WriteLine(note);
        }

        if (!report.Complete)
        {
            output.WriteLine();
            output.WriteLine("The time was over before everything was scored: more of it gives --seconds.");
        }
    }

    private static void WritePassages(TextReport report, TextWriter output)
    {
        if (report.Excerpt is not { } excerpt)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(Invariant(
            $"Left out of {Place(excerpt.Start, excerpt.Length)}, which alone has {Probability(excerpt.Probability)}, one at a time; by how much the log-odds of {report.Head} fall:"));
        TextTable.Write(
            output,
            [$"PASSAGE OF {report.PassagesInAll}", "FALL", "LEAVES", "STAGE", "TEXT"],
            report.Passages.Take(MostPassages).Select(passage => Line(Place(passage.Start, passage.Length), passage))
                .Concat(report.Prompt is { } prompt ? [Line("the prompt", prompt)] : []));
    }

    private static string[] Line(string place, PassageLine passage) =>
    [
        place,
        passage.Fall is { } fall ? Invariant($"{fall:F2}") : "-",
        Probability(passage.Probability),
        passage.Stage,
        Shown(passage.Text),
    ];

    /// <summary>The beginning of a text, without what a terminal or a reader may obey.</summary>
    private static string Shown(string text)
    {
        var shown = new StringInfo(PlainText.Of(text[..Math.Min(text.Length, 10 * MostShown)].Trim()));
        return shown.LengthInTextElements > MostShown ? shown.SubstringByTextElements(0, MostShown) + "..." : shown.String;
    }

    private static string Place(int start, int length) => Invariant($"{start}-{start + length}");

    private static string Probability(double? probability) => probability is { } value ? Invariant($"{value:F4}") : "-";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
