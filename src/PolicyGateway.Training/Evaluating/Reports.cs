using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Training.Data;

namespace PolicyGateway.Training.Evaluating;

/// <summary>The views of the development splits that we publish.</summary>
internal static class Reports
{
    public static IReadOnlyList<GroupReport> Development(IReadOnlyCollection<Scored> rows, ImmutableArray<HeadThreshold> bands)
    {
        (string Name, Func<Row, bool> Use)[] parts =
        [
            ("research sets, all", row => row.IsResearch),
            ("research sets, prompts", row => row.IsResearch && row.Kind == TextKind.Prompt),
            ("research sets, completions", row => row.IsResearch && row.Kind == TextKind.Completion),
            ("research sets, permissive", row => row.IsResearch && row.Permissive),
            ("research sets, not permissive", row => row.IsResearch && !row.Permissive),
            ("contrast groups, all", row => row.IsWritten),
            ("contrast groups, English", row => row.IsWritten && row.Language == "en"),
            ("contrast groups, other languages", row => row.IsWritten && row.Language != "en"),
            ("contrast groups, completions", row => row.IsWritten && row.Kind == TextKind.Completion),
        ];
        return
        [
            .. parts.Select(part => GroupReport.Of(part.Name, [.. rows.Where(row => part.Use(row.Row))], bands)),
            .. GroupReport.By(static row => row.Row.Source, rows.Where(static row => row.Row.IsBorder), bands),
            .. GroupReport.By(static row => row.Row.Language, rows.Where(static row => !row.Row.IsBorder), bands).Select(static report => report with { Group = $"both, {report.Group}" }),
        ];
    }
}
