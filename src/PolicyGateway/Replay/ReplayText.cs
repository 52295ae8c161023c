using System.Collections.Immutable;
using PolicyGateway.Cli;

namespace PolicyGateway.Replay;

/// <summary>Prints a <see cref="ReplayReport"/> for people.</summary>
internal static class ReplayText
{
    public static void Write(ReplayReport report, TextWriter output)
    {
        output.WriteLine($"now        {Of(report.Current)}");
        output.WriteLine($"candidate  {Of(report.Candidate)}");
        output.WriteLine();
        output.WriteLine(report.Changed == 0
            ? $"{report.Rows} rows: no decision changes."
            : FormattableString.Invariant($"{report.Rows} rows: {report.Changed} change ({100.0 * report.Changed / report.Rows:F2} %), {report.Stricter} to a stricter decision, {report.Looser} to a looser one."));
        if (report.Otherwise > 0)
        {
            output.WriteLine($"{report.Otherwise} more keep their decision for another category or reason, or leave in another way.");
        }

        WriteTransitions(report.Decisions, output);
        WriteGroups("CATEGORY", report.Categories, output);
        WriteGroups("TIER", report.Tiers, output);
        WriteGroups("KIND", report.Kinds, output);
        if (report.Recorded is { } recorded)
        {
            output.WriteLine();
            output.WriteLine($"Of {recorded.Rows} recorded decisions {recorded.Changed} are others now, before any candidate.");
            WriteTransitions([.. recorded.Decisions.Where(pair => pair.From != pair.To)], output, "RECORDED", "NOW");
        }

        TextTable.Write(output, ["ROW", "KIND", "TIER", "NOW", "CATEGORY", "CANDIDATE", "CATEGORY", "RULE"], report.Changes.Select(row => new[]
        {
            row.Id, row.Kind, row.Tier, row.From.Decision, row.From.Category ?? "", row.To.Decision, row.To.Category ?? "", row.To.Rule,
        }));
        if (report.MoreChanges > 0)
        {
            output.WriteLine($"{report.MoreChanges} more rows change; --changes lists more of them.");
        }
    }

    private static void WriteTransitions(ImmutableArray<Transition> decisions, TextWriter output, string from = "NOW", string to = "CANDIDATE") =>
        TextTable.Write(output, [from, to, "ROWS", ""], decisions.Select(pair => new[]
        {
            pair.From, pair.To, $"{pair.Rows}", pair.From == pair.To ? "" : "changes",
        }));

    private static void WriteGroups(string title, ImmutableArray<ReplayGroup> groups, TextWriter output) =>
        TextTable.Write(output, [title, "ROWS", "CHANGE", ""], groups.Select(group => new[]
        {
            group.Group, $"{group.Rows}", $"{group.Changed}", string.Join(", ", group.Decisions.Where(pair => pair.From != pair.To).Select(pair => $"{pair.From} -> {pair.To}: {pair.Rows}")),
        }));

    private static string Of(DecidedBy by) => $"{by.Model}, policy {by.PolicyVersion} ({by.Policy})";
}
