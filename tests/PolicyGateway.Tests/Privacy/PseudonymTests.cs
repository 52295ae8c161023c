using System.Globalization;
using System.Text;
using System.Text.Json;
using PolicyGateway.Dialects;
using PolicyGateway.Privacy;
using PolicyGateway.State;
using Xunit.Abstractions;

namespace PolicyGateway.Tests.Privacy;

public sealed class PseudonymTests(ITestOutputHelper output) : IDisposable
{
    private const string Name = "0123456789abcdef";

    private readonly string _folder = Directory.CreateTempSubdirectory("policygateway-privacy-").FullName;

    [Fact]
    public void Each_backend_and_each_tenant_has_another_name_for_a_person()
    {
        var key = Key("a");
        (string Cluster, string? Tenant, string? Issuer, string? Subject)[] people =
        [
            ("one", null, "i", "s"), ("two", null, "i", "s"), ("one", "t", "i", "s"), ("one", "", "i", "s"), ("one", null, "j", "s"), ("one", null, "i", "z"),
            ("one", null, null, null), ("one", null, "i", null), ("one", null, "is", ""), ("one", null, "", "is"), ("onei", null, "", "s"),
        ];

        var names = people.Select(person => key.PseudonymOf(person.Cluster, person.Tenant, person.Issuer, person.Subject)).ToList();

        Assert.Equal(people.Length, names.Distinct().Count());
        Assert.All(names, static name => Assert.True(name.Length <= 64 && name.All(char.IsAsciiHexDigitLower)));
        Assert.Equal(names, people.Select(person => Key("a").PseudonymOf(person.Cluster, person.Tenant, person.Issuer, person.Subject)));
        Assert.Empty(names.Intersect(people.Select(person => Key("b").PseudonymOf(person.Cluster, person.Tenant, person.Issuer, person.Subject))));
        Assert.DoesNotContain(key.DigestOf("i", "s")[(key.Id.Length + 1)..], names);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("c2hvcnQ=")]
    public void A_key_that_cannot_be_one_stops_the_start_and_names_its_setting(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "bad.key"), text);

        var fault = Assert.Throws<StateUnavailableException>(() => PrivacyKey.Open(new PrivacyOptions { KeyFile = "bad.key" }.ResolvePaths(_folder)));

        Assert.Contains("Privacy:KeyFile", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/responses")]
    [InlineData("/v1/messages")]
    public void Naming_a_person_changes_no_other_byte(string path)
    {
        var seed = Environment.GetEnvironmentVariable("END_USER_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"END_USER_SEED={seed}");
        var random = new Random(seed);
        var dialect = new DialectTable()[path];
        var read = 0;
        for (var round = 0; round < 1_500; round++)
        {
            var body = SomeBody.Of(random, dialect.EndUserField!.Split('.'));
            var sentByClient = Encoding.UTF8.GetBytes(body.FromClient);
            if (dialect.ReadPrompt(default, sentByClient, new RequestLimits(64, 8)).Prompt is not { } prompt)
            {
                continue;
            }

            read++;
            var sent = Encoding.UTF8.GetString(prompt.NamingEndUser(dialect).BodyFor("m", Name).Span);

            Assert.Equal(body.ToBackend($"\"{Name}\""), sent);
            using var document = JsonDocument.Parse(sent);
            Assert.Equal(Name, JsonSplice.Get(document.RootElement, dialect.EndUserField.Split('.'))!.Value.GetString());
        }

        Assert.True(read > 1_000, $"{read}");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PrivacyKey Key(string name) => PrivacyKey.Open(new PrivacyOptions { KeyFile = name }.ResolvePaths(_folder));
}

/// <summary>A request with or without the member that names the person, in one of the ways in which JSON can be written.</summary>
/// <param name="Text">The body, with a mark where something is put in.</param>
/// <param name="Old">What the client has there.</param>
/// <param name="New">What must be there when it is sent, for a value.</param>
internal sealed record SomeBody(string Text, string Old, Func<string, string> New)
{
    private const string Mark = "\u0001";

    public string FromClient => Text.Replace(Mark, Old, StringComparison.Ordinal);

    public string ToBackend(string value) => Text.Replace(Mark, New(value), StringComparison.Ordinal);

    public static SomeBody Of(Random random, string[] field)
    {
        string[] others =
        [
            Member(random, "model", "\"m\""), Member(random, "max_tokens", "5"),
            Member(random, "messages", """[{"role":"user","content":"a \"safety_identifier\":\"b\" {\"metadata\":{\"user_id\":1}} \ud83d\ude00"}]"""),
            Member(random, "input", "\"hi\""), Member(random, "x_extra", "{\"safety_identifier\":\"nested\",\"metadata\":{\"user_id\":\"nested\"},\"user_id\":7}"),
        ];
        random.Shuffle(others);
        var members = others.ToList();
        var at = random.Next(members.Count + 1);
        switch (random.Next(4))
        {
            case 0:
                // Not there at all: it goes first.
                return new SomeBody($"{Space(random)}{{{Mark}{string.Join(',', members)}}}", "", value => Missing(field, value) + ",");
            case 1 when field.Length == 2:
                // The object is there, and empty or with other members.
                var inside = random.Next(2) == 0 ? Space(random) : " \"x\":1";
                members.Insert(at, Member(random, field[0], $"{{{Mark}{inside}}}"));
                return new SomeBody(Whole(random, members), "", value => Missing([field[1]], value) + (inside.Contains('x', StringComparison.Ordinal) ? "," : ""));
            case 2 when field.Length == 2:
                members.Insert(at, Member(random, field[0], Mark));
                return new SomeBody(Whole(random, members), "null", value => $"{{{Missing([field[1]], value)}}}");
            default:
                var member = Member(random, field[^1], Mark);
                members.Insert(at, field.Length == 2 ? Member(random, field[0], $"{{{(random.Next(2) == 0 ? "\"x\":1," : "")}{member}}}") : member);
                return new SomeBody(Whole(random, members), Given(random), static value => value);
        }
    }

    private static string Whole(Random random, List<string> members) => $"{Space(random)}{{{string.Join(',', members)}}}{Space(random)}";

    /// <summary>What a client may have put there.</summary>
    private static string Given(Random random) => random.Next(4) switch { 0 => "null", 1 => "\"abc-1\"", 2 => "\"\\u0061\\\"}\"", _ => "\"\"" };

    private static string Member(Random random, string name, string value) =>
        $"{Space(random)}\"{Spelled(random, name)}\"{Space(random)}:{Space(random)}{value}{Space(random)}";

    private static string Missing(string[] field, string value) =>
        field.Length == 1 ? $"\"{field[0]}\":{value}" : $"\"{field[0]}\":{{\"{field[1]}\":{value}}}";

    private static string Space(Random random) => random.Next(3) == 0 ? " \t\r\n"[..random.Next(5)] : "";

    private static string Spelled(Random random, string name) =>
        string.Concat(name.Select(c => random.Next(8) == 0 ? $"\\u{(int)c:x4}" : c.ToString()));
}
