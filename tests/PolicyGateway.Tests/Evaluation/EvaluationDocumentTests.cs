using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PolicyGateway.Cli.Explaining;
using PolicyGateway.Evaluation.Report;
using PolicyGateway.Evaluation.Transforms;
using PolicyGateway.Replay;

namespace PolicyGateway.Tests.Evaluation;

/// <summary>
/// Holds <c>docs/evaluation.md</c> to the code: the form of the JSON file is that of the records, in their own words. To
/// write it anew: <c>UPDATE_DOCUMENTS=1 dotnet test tests/PolicyGateway.Tests --filter EvaluationDocument</c>.
/// </summary>
public sealed partial class EvaluationDocumentTests
{
    private static readonly XElement Words = XElement.Load(Path.ChangeExtension(typeof(EvaluationReport).Assembly.Location, ".xml"));

    [Fact]
    public void The_document_says_what_the_file_holds() => GeneratedPart.AssertIs("docs/evaluation.md", Generate());

    [Fact]
    public void Every_member_says_what_it_is() => Assert.DoesNotContain("| |", Generate(), StringComparison.Ordinal);

    private static string Generate()
    {
        var text = new StringBuilder();
        var seen = new List<Type>();
        AddForm(text, "The file", typeof(EvaluationReport), JsonNamingPolicy.CamelCase, seen);
        text.Append("\n### Transforms\n\n| transform | what it does |\n|---|---|\n");
        foreach (var transform in TextTransform.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{transform.Name}` | {transform.Description} |\n");
        }

        AddForm(text, "What `explain --text --json` prints beside the decision", typeof(TextReport), JsonNamingPolicy.SnakeCaseLower, seen);
        AddForm(text, "What `replay --json` prints", typeof(ReplayReport), JsonNamingPolicy.CamelCase, seen);
        return text.Append('\n').ToString();
    }

    /// <summary>The tables of a record and of those in it that were not met yet.</summary>
    private static void AddForm(StringBuilder text, string heading, Type root, JsonNamingPolicy names, List<Type> seen)
    {
        seen.Add(root);
        for (var i = seen.Count - 1; i < seen.Count; i++)
        {
            var title = seen[i] == root ? heading : $"`{NameOf(seen[i])}`";
            text.Append(CultureInfo.InvariantCulture, $"\n### {title}\n\n{Summary($"T:{seen[i].FullName}")}\n\n| member | type | meaning |\n|---|---|---|\n");
            foreach (var member in seen[i].GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => !member.IsDefined(typeof(JsonIgnoreAttribute))))
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{names.ConvertName(member.Name)}` | {Form(member, seen)} | {Meaning(seen[i], member.Name)} |\n");
            }
        }
    }

    /// <summary>The form of a member in words; a record that was not met yet is remembered for a table of its own.</summary>
    private static string Form(PropertyInfo member, List<Type> seen)
    {
        var isNullable = new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable;
        return Form(Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType, seen) + (isNullable ? ", or null" : "");
    }

    private static string Form(Type type, List<Type> seen)
    {
        if (type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(bool) || type.IsPrimitive)
        {
            return type == typeof(string) ? "string" : type == typeof(DateTimeOffset) ? "date and time" : type == typeof(bool) ? "true or false" : "number";
        }

        if (type.IsAssignableTo(typeof(IEnumerable)))
        {
            return "array of " + Form(type.GetGenericArguments()[0], seen);
        }

        if (!seen.Contains(type))
        {
            seen.Add(type);
        }

        return $"`{NameOf(type)}`";
    }

    private static string NameOf(Type type) => JsonNamingPolicy.CamelCase.ConvertName(type.Name);

    private static string Meaning(Type record, string member) =>
        Plain(Member($"T:{record.FullName}")?.Elements("param").SingleOrDefault(param => param.Attribute("name")!.Value == member)
            ?? Member($"P:{record.FullName}.{member}")?.Element("summary"));

    private static string Summary(string id) => Plain(Member(id)?.Element("summary"));

    private static XElement? Member(string id) => Words.Descendants("member").SingleOrDefault(member => member.Attribute("name")!.Value == id);

    /// <summary>The words of a comment as Markdown on one line.</summary>
    private static string Plain(XElement? words)
    {
        foreach (var code in words?.Elements("c").ToArray() ?? [])
        {
            code.ReplaceWith($"`{code.Value}`");
        }

        return Spaces().Replace(words?.Value.Trim() ?? "", " ");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
