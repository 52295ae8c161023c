using System.Text.Json;
using PolicyGateway.Classification;
using PolicyGateway.Cli;
using PolicyGateway.Policy;

namespace PolicyGateway.Tests.Cli;

public sealed class ClassifyJsonLinesTests : IDisposable
{
    private readonly StringWriter _errors = new();

    public void Dispose() => _errors.Dispose();

    [Fact]
    public async Task Results_come_in_the_order_of_the_lines_however_long_each_takes()
    {
        var input = string.Join('\n', Enumerable.Range(0, 50).Select(i => $$"""{"id":{{i}},"kind":"prompt","text":"{{(i % 7) * 3}}"}"""));
        var (lines, without) = await RunAsync(input, new EchoClassifier { DelayByText = true });

        Assert.Equal(0, without);
        Assert.Equal(Enumerable.Range(0, 50), lines.Select(line => line.GetProperty("id").GetInt32()));
    }

    [Fact]
    public async Task A_line_says_severity_flag_categories_stage_and_model()
    {
        var (lines, _) = await RunAsync("""{"id":"a","kind":"completion","text":"bad","prompt":"asked"}""");
        var line = Assert.Single(lines);

        Assert.Equal(
            ["id", "severity", "flagged", "categories", "stage", "model"],
            line.EnumerateObject().Select(member => member.Name));
        Assert.Equal("dual-use", line.GetProperty("severity").GetString());
        Assert.True(line.GetProperty("flagged").GetBoolean());
        Assert.Equal(0.75f, line.GetProperty("categories").GetProperty("cyber").GetSingle());
        Assert.False(line.GetProperty("categories").TryGetProperty("flagged", out _));
    }

    [Theory]
    [InlineData("not json", "is no JSON")]
    [InlineData("[1]", "is no JSON object")]
    [InlineData("""{"id":1,"text":"a","text":"b"}""", "has a member twice")]
    [InlineData("""{"id":"x"}""", "\"text\"")]
    [InlineData("""{"id":"x","text":7}""", "\"text\"")]
    [InlineData("""{"id":"x","text":"t","kind":"poem"}""", "\"kind\"")]
    [InlineData("""{"id":"x","text":"t","prompt":[]}""", "\"prompt\"")]
    [InlineData("""{"id":"x","text":"\ud800"}""", "\"text\" that holds half of a surrogate pair")]
    [InlineData("""{"id":"\ud800","text":"t"}""", "\"id\" that holds half of a surrogate pair")]
    [InlineData("""{"id":{"a":["\uDC00"]},"text":"t"}""", "\"id\" that holds half of a surrogate pair")]
    [InlineData("""{"\ud800":1,"id":"x","text":"t"}""", "a member whose name holds half of a surrogate pair")]
    public async Task A_malformed_line_is_named_by_its_number_and_the_others_go_on(string malformed, string says)
    {
        var good = """{"id":"good","text":"fine"}""";
        var (lines, without) = await RunAsync(string.Join('\n', good, "", malformed, good));

        Assert.Equal(1, without);
        Assert.Equal(3, lines.Count);
        Assert.Contains("Line 3 ", lines[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(says, lines[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("Line 3 ", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal("benign", lines[2].GetProperty("severity").GetString());
    }

    [Fact]
    public async Task A_text_without_a_verdict_is_flagged_and_says_why()
    {
        var (lines, without) = await RunAsync("""{"id":1,"text":"unknown"}""");

        Assert.Equal(1, without);
        Assert.Equal("unknown", lines[0].GetProperty("severity").GetString());
        Assert.True(lines[0].GetProperty("flagged").GetBoolean());
        Assert.Contains("Deadline", lines[0].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_lines_are_under_way_than_the_bound()
    {
        var classifier = new EchoClassifier { DelayByText = true };
        await RunAsync(string.Join('\n', Enumerable.Repeat("""{"text":"5"}""", 200)), classifier);

        Assert.InRange(classifier.MostAtOnce, 1, (2 * 2) + 2);
    }

    [Fact]
    public async Task A_writer_that_fails_ends_the_run()
    {
        using var input = new StringReader(string.Join('\n', Enumerable.Repeat("""{"text":"x"}""", 200)));
        await using var output = new BrokenWriter();

        await Assert.ThrowsAsync<IOException>(() => Lines(new EchoClassifier()).RunAsync(input, output, _errors, CancellationToken.None));
    }

    private async Task<(IReadOnlyList<JsonElement> Lines, long Without)> RunAsync(string input, EchoClassifier? classifier = null)
    {
        using var reader = new StringReader(input);
        await using var output = new StringWriter();
        var without = await Lines(classifier ?? new EchoClassifier()).RunAsync(reader, output, _errors, CancellationToken.None);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line));
        return ([.. lines], without);
    }

    private ClassifyJsonLines Lines(IClassifier classifier) =>
        new(classifier, Judge, lanes: 2, new ClassifyProgress(_errors, isTerminal: false, TimeProvider.System));

    private static Verdict Judge(Scores scores) => new(
        scores.Probabilities[0] > 0.5f ? Severity.DualUse : Severity.Benign, [], scores.Stage, scores.Model);

    /// <summary>Says dual-use of "bad", nothing of "unknown", and benign of everything else; a number is a delay in milliseconds.</summary>
    private sealed class EchoClassifier : IClassifier
    {
        private int _atOnce;

        public bool DelayByText { get; init; }

        public int MostAtOnce { get; private set; }

        public ClassifierProfile Profile { get; } = new("echo@1", ["cyber", "flagged", "prohibited"], []);

        public bool IsReady => true;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
        {
            var atOnce = Interlocked.Increment(ref _atOnce);
            lock (Profile)
            {
                MostAtOnce = Math.Max(MostAtOnce, atOnce);
            }

            var text = input.Text.ToString();
            if (DelayByText)
            {
                await Task.Delay(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
            }

            Interlocked.Decrement(ref _atOnce);
            return text == "unknown"
                ? Scores.Unknown(UnknownReason.Deadline, "echo", Profile.Model)
                : new Scores([text == "bad" ? 0.75f : 0.25f, 0f, 0f], "echo", Profile.Model, 1);
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class BrokenWriter : StringWriter
    {
        public override Task WriteLineAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("Broken pipe");
    }
}
