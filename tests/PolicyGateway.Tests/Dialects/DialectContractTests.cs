using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PolicyGateway.Dialects;
using PolicyGateway.Dialects.Fields;
using PolicyGateway.Dialects.Frames;

namespace PolicyGateway.Tests.Dialects;

/// <summary>What holds of every dialect in the table: walked field by field, and split at every byte.</summary>
public sealed class DialectContractTests
{
    private const string Needle = "a NEEDLE in here";

    private static readonly RequestLimits Limits = new(64, 8);

    public static TheoryData<string> Dialects => [.. new DialectTable().Routes.Select(route => route.Dialect.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Every_field_of_a_request_that_may_hold_text_is_judged_whatever_its_kind(string name)
    {
        var map = Find(name).RequestFields;
        foreach (var field in map.All.Where(field => field.Kind is not (FieldKind.Container or FieldKind.Binary or FieldKind.Refused) && !SampleDocument.IsBelow(map, field, FieldKind.Binary)))
        {
            var reader = Walk(map, SampleDocument.With(map, field, () => Needle), isRequest: true, out var texts);

            // A word that is none of the protocol's, and a text where only numbers may stand, need not be read: they are refused.
            Assert.True(reader.Fault is not null || Holds(texts), $"{field.Path} ({field.Kind})");
            Assert.True(reader.Fault is null || field.Kind is FieldKind.OneOf or FieldKind.Bytes, $"{field.Path} ({field.Kind}): {reader.Fault} {reader.FaultPath}");
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void What_nobody_can_read_is_unclassified_and_what_goes_round_the_gate_is_refused(string name)
    {
        var map = Find(name).RequestFields;
        foreach (var field in map.All.Where(field => field.Kind is FieldKind.Binary or FieldKind.Refused))
        {
            var reader = Walk(map, SampleDocument.With(map, field, () => "aGVsbG8="), isRequest: true, out var texts);

            Assert.True(field.Kind == FieldKind.Binary ? texts.HasUnclassified : reader.Fault == field.Reason, $"{field.Path} ({field.Kind}): {reader.Fault}");
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void An_unknown_field_anywhere_in_a_request_is_judged(string name)
    {
        var map = Find(name).RequestFields;
        foreach (var parent in map.All.Where(field => field.Children.Count > 0 && !SampleDocument.IsBelow(map, field, FieldKind.Binary)))
        {
            var reader = Walk(map, SampleDocument.With(map, parent, () => Object(parent, "x_unknown", Needle)), isRequest: true, out var texts);

            Assert.True(reader.Fault is null && Holds(texts), $"{parent.Path}: {reader.Fault}");
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void The_name_of_an_unknown_field_anywhere_in_a_request_is_judged_where_it_is_text(string name)
    {
        var map = Find(name).RequestFields;
        foreach (var parent in map.All.Where(field => field.Children.Count > 0 && !SampleDocument.IsBelow(map, field, FieldKind.Binary)))
        {
            var reader = Walk(map, SampleDocument.With(map, parent, () => Object(parent, Needle, 1)), isRequest: true, out var texts);

            Assert.True(reader.Fault is null && Holds(texts), $"{parent.Path}: {reader.Fault}");
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Every_field_of_an_answer_that_may_hold_text_is_judged_whatever_its_kind(string name)
    {
        foreach (var map in Find(name).AnswerFields)
        {
            foreach (var field in map.All.Where(field => field.Kind is not (FieldKind.Container or FieldKind.Binary) && !SampleDocument.IsBelow(map, field, FieldKind.Binary)))
            {
                var reader = Walk(map, SampleDocument.With(map, field, () => Needle), isRequest: false, out var texts);

                Assert.True(reader.Fault is not null || Holds(texts), $"{field.Path} ({field.Kind})");
                Assert.True(reader.Fault is null, $"{field.Path} ({field.Kind}): {reader.Fault}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void An_unknown_field_anywhere_in_an_answer_is_judged_and_reported(string name)
    {
        foreach (var map in Find(name).AnswerFields)
        {
            foreach (var parent in map.All.Where(field => field.Children.Count > 0))
            {
                var reader = Walk(map, SampleDocument.With(map, parent, () => Object(parent, "x_unknown", new JsonObject { ["deep"] = Needle })), isRequest: false, out var texts);

                Assert.True(reader.HasUnknown && Holds(texts), $"{parent.Path}: {reader.Fault}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void The_ordinary_request_and_answers_are_read_and_nothing_in_them_is_unknown(string name)
    {
        var dialect = Find(name);

        Assert.NotNull(dialect.ReadPrompt(new RequestHead(dialect.RequestFields.Root.Find("model") is { IsRequired: true } ? null : "m"), Fixture(name, "request.json")!, Limits).Prompt);
        foreach (var (file, framing) in Answers(name))
        {
            var reader = dialect.Read(Fixture(name, file)!, framing);
            Assert.Null(reader.Finish().Fault);
            Assert.False(reader.HasUnknown, $"{name}/{file} holds a field that its table lacks.");
        }
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void A_stream_and_the_usage_in_it_are_the_same_however_its_bytes_arrive(string name)
    {
        var dialect = Find(name);
        foreach (var (file, framing) in Answers(name).Where(answer => answer.Framing != Framing.Json))
        {
            var body = Fixture(name, file)!;
            var whole = dialect.Read(body, framing).Finish();
            Assert.NotNull(whole.Usage);
            for (var cut = 1; cut < body.Length; cut++)
            {
                var cutInTwo = ReadInTwo(dialect, framing, body, cut);
                Assert.Equal(whole.Texts.AsEnumerable(), cutInTwo.Texts);
                Assert.Equal(whole.Usage, cutInTwo.Usage);
            }
        }
    }

    private static Completion ReadInTwo(IDialect dialect, Framing framing, byte[] body, int cut)
    {
        var (reader, frames, at) = (dialect.CreateReader(framing), new FrameSplitter(framing), 0);
        foreach (var end in new[] { cut, body.Length })
        {
            for (int length; (length = frames.Next(body.AsSpan(at..end))) > 0; at += length)
            {
                reader.Read(body.AsMemory(at, length));
            }
        }

        if (at < body.Length)
        {
            reader.Read(body.AsMemory(at));
        }

        return reader.Finish();
    }

    private static FieldReader Walk(FieldMap map, string json, bool isRequest, out TextCollector texts)
    {
        texts = new TextCollector();
        var reader = new FieldReader(texts, isRequest ? null : new QuietFields());
        using var document = JsonDocument.Parse(json);
        reader.Read(map, document.RootElement);
        return reader;
    }

    /// <summary>An object with what is required in it, and one field more.</summary>
    private static JsonObject Object(FieldNode parent, string unknown, JsonNode value)
    {
        var made = new JsonObject { [unknown] = value };
        foreach (var child in parent.Children.Where(child => child.IsRequired))
        {
            made[child.Name] = child.Kind == FieldKind.OneOf ? child.Words!.First(word => !word.Value).Key
                : child.Item is not null && child.Kind == FieldKind.Container ? new JsonArray(Object(child.Item, "x_other", "x"))
                : "x";
        }

        return made;
    }

    private static bool Holds(TextCollector texts) => texts.HasUnclassified || texts.ToTexts().Any(text => text.Contains("NEEDLE", StringComparison.Ordinal));

    private static IDialect Find(string name) => new DialectTable().Routes.First(route => route.Dialect.Name == name).Dialect;

    private static IEnumerable<(string File, Framing Framing)> Answers(string name) =>
        new[] { ("answer.json", Framing.Json), ("stream.txt", name.StartsWith("ollama.", StringComparison.Ordinal) ? Framing.Ndjson : Framing.Sse), ("stream-array.txt", Framing.JsonArray) }
            .Where(answer => Fixture(name, answer.Item1) is not null);

    private static byte[]? Fixture(string name, string file)
    {
        var path = ConventionTests.PathOf($"tests/Fixtures/{name}/{file}");
        return File.Exists(path) ? Encoding.UTF8.GetBytes(File.ReadAllText(path)) : null;
    }
}
