using System.Reflection;
using System.Text.RegularExpressions;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Audit;

/// <summary>Whoever reads the audit finds every name of a change explained.</summary>
public sealed partial class ChangeEventsDocumentTests
{
    [Fact]
    public void The_table_of_changes_lists_every_name_and_no_other()
    {
        var names = typeof(ChangeEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (string)field.GetValue(null)!);
        var section = Headings().Split(ConventionTests.ReadDocument("docs/access.md")).SingleOrDefault(static part => part.StartsWith("What the audit calls it\n", StringComparison.Ordinal)) ?? "";
        var documented = Row().Matches(section).SelectMany(static row => Name().Matches(row.Value)).Select(static name => name.Groups[1].Value);

        Assert.Equal(names.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Changes_are_recorded_under_these_names_alone()
    {
        var elsewhere = Directory.EnumerateFiles(ConventionTests.PathOf("src/PolicyGateway"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => Written().IsMatch(File.ReadAllText(file)));

        Assert.Empty(elsewhere);
    }

    [GeneratedRegex("^##+ ", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"^\|[^|]+\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    // A record's event, or the first argument of what makes a record, as a text of its own or as what others are told.
    [GeneratedRegex(@"new ChangeRecord\s*\{\s*Event = \$?""|(RecordOf|MakeAsync|CloseAsync)\(\s*(\$?""|Happening\.\w+, )")]
    private static partial Regex Written();
}
