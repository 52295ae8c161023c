using System.Buffers;
using System.Globalization;
using System.Text;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects;

/// <summary>
/// Holds <c>docs/dialects.md</c> to the code: what stands between its marks is what the dialects say of themselves. To write
/// it anew: <c>UPDATE_DOCUMENTS=1 dotnet test tests/PolicyGateway.Tests --filter FullyQualifiedName~DialectDocument</c>.
/// </summary>
public sealed class DialectDocumentTests
{
    private static readonly GatewayError Error = new(403, "permission_error", "verification_required", "...") { DecisionId = "dec_1" };

    [Fact]
    public void The_document_says_what_the_code_does() => GeneratedPart.AssertIs("docs/dialects.md", Generate());

    private static string Generate()
    {
        var (table, text) = (new DialectTable(), new StringBuilder("\n## Paths\n\n| path | dialect | framings | keep-alive | caller's key, beside `Authorization: Bearer` | headers that the backend gets, too | query that it gets |\n|---|---|---|---|---|---|---|\n"));
        foreach (var route in table.Routes)
        {
            var dialect = route.Dialect;
            var header = dialect.CredentialHeader == "Authorization" ? "" : $"`{dialect.CredentialHeader}`";
            Line(text, $"| `POST {route.Path}` | `{dialect.Name}` | {string.Join(", ", FramingsOf(dialect))} | {KeepAlive(dialect)} | {header} | {Code(dialect.ForwardedHeaders)} | {Code(dialect.ForwardedQuery)} |");
        }

        text.Append("\nModels are listed, from configuration, at:\n\n");
        foreach (var list in table.ModelLists)
        {
            Line(text, $"- `GET {list.Path}` (`{list.Name}`{(list.Header is { } header ? $", for requests with `{header}`" : "")})");
        }

        foreach (var dialect in table.Routes.Select(static route => route.Dialect).DistinctBy(static dialect => dialect.Name))
        {
            Describe(text, dialect);
        }

        return text.Append('\n').ToString();
    }

    private static void Describe(StringBuilder text, IDialect dialect)
    {
        Line(text, $"\n## `{dialect.Name}`\n");
        Line(text, $"A refusal before the first byte:\n\n```json\n{Written(output => dialect.WriteError(output, Error))}\n```\n");
        foreach (var framing in FramingsOf(dialect).Where(static framing => framing != Framing.Json))
        {
            var prompt = new Prompt("m", framing, 1, [], false, default);
            var block = Written(output => dialect.WriteBlock(output, prompt, DateTimeOffset.UnixEpoch, Error, StreamTail.Start));
            Line(text, $"A refusal behind keep-alives, `{framing}`:\n\n```\n{block.TrimEnd()}\n```\n");
        }

        var asked = dialect.RequestFields.All.ToArray();
        foreach (var refused in asked.Where(static field => field.Kind == FieldKind.Refused))
        {
            Line(text, $"- refused in a request: `{refused.Path}`. {refused.Reason}");
        }

        var answers = dialect.AnswerFields.SelectMany(static map => map.All).ToArray();
        List(text, "unclassified in a request", asked, FieldKind.Binary);
        List(text, "token ids in a request are unclassified", asked, FieldKind.TextOrTokens);
        List(text, "unclassified in an answer", answers, FieldKind.Binary);
        List(text, "opaque in a request", asked, FieldKind.Opaque);
        List(text, "opaque in an answer", answers, FieldKind.Opaque);
    }

    private static void List(StringBuilder text, string what, IEnumerable<FieldNode> fields, FieldKind kind)
    {
        var paths = fields.Where(field => field.Kind == kind).Select(static field => $"`{field.Path}`").Distinct().Order(StringComparer.Ordinal).ToArray();
        if (paths.Length > 0)
        {
            Line(text, $"- {what}: {string.Join(", ", paths)}");
        }
    }

    /// <summary>What a request that asks for a stream, or does not, gets; by the ordinary requests of the fixtures.</summary>
    private static Framing[] FramingsOf(IDialect dialect)
    {
        var body = File.ReadAllText(ConventionTests.PathOf($"tests/Fixtures/{dialect.Name}/request.json")).TrimEnd();
        var head = new RequestHead(dialect.RequestFields.Root.Find("model") is { IsRequired: true } ? null : "m");
        string[] bodies = [body, With(body, "true"), With(body, "false")];
        return [.. bodies.SelectMany(one => new[] { head, head with { Alt = "sse" } }.Select(from => dialect.ReadPrompt(from, Encoding.UTF8.GetBytes(one), new RequestLimits(64, 8))))
            .Where(static reading => reading.Prompt is not null).Select(static reading => reading.Prompt!.Framing).Distinct().Order()];
    }

    private static string With(string body, string stream)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(body)!.AsObject();
        json["stream"] = stream == "true";
        return json.ToJsonString();
    }

    private static string KeepAlive(IDialect dialect) => string.Join(", ", FramingsOf(dialect)
        .Where(static framing => framing != Framing.Json)
        .Select(framing => $"`{Encoding.UTF8.GetString(dialect.KeepAlive(framing).Span).Replace("\n", "\\n", StringComparison.Ordinal)}`").Distinct());

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Code(IReadOnlyList<string> names) => string.Join(", ", names.Select(static name => $"`{name}`"));

    private static void Line(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
