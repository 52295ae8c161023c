using System.Text.Json;
using PolicyGateway.Cli;
using PolicyGateway.Demo;

namespace PolicyGateway.Tests.Cli;

/// <summary>The command on the shipped models and policy.</summary>
public sealed class ExplainTextTests
{
    private static readonly string Asked = DemoScript.Load().For(DemoPurpose.Refusal).Prompt;

    [Fact]
    public async Task A_text_is_led_to_the_decision_and_back_to_the_passages_that_it_came_of()
    {
        var (code, answer, _) = await JsonAsync("", "--text", Asked);
        var (start, length) = (answer.GetProperty("windows")[0].GetProperty("start").GetInt32(), answer.GetProperty("windows")[0].GetProperty("length").GetInt32());
        var passages = answer.GetProperty("passages").EnumerateArray().ToList();
        var head = answer.GetProperty("heads").EnumerateArray().Single(one => one.GetProperty("head").GetString() == answer.GetProperty("head").GetString());

        Assert.Equal((0, "refuse", "dual-use"), (code, answer.GetProperty("decision").GetString(), answer.GetProperty("severity").GetString()));
        Assert.Equal(("encoder", "raw", "flagged"), (answer.GetProperty("stage").GetString(), answer.GetProperty("view").GetString(), head.GetProperty("band").GetString()));
        Assert.Equal((0, Asked.Length, 1), (start, length, answer.GetProperty("windows_in_all").GetInt32()));
        Assert.Equal(16, answer.GetProperty("heads").GetArrayLength());
        Assert.Equal(Asked.Length, passages.Sum(passage => passage.GetProperty("length").GetInt32()));
        Assert.Equal(passages.OrderByDescending(passage => passage.GetProperty("fall").GetDouble()), passages, new SameElement());
        Assert.True(passages[0].GetProperty("fall").GetDouble() > 0);
        Assert.True(answer.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task The_json_has_no_word_of_the_text_and_the_table_shows_its_passages()
    {
        var (_, json, errors) = await RunAsync("", "--text", Asked, "--json");
        var (_, table, _) = await RunAsync("", "--text", Asked);
        var word = Asked.Split(' ').MaxBy(one => one.Length)!;

        Assert.DoesNotContain(word, json + errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Asked[..20], table, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^required_tier +verified$", table);
        Assert.Matches(@"(?m)^PASSAGE OF \d+ +FALL +LEAVES +STAGE +TEXT$", table);
    }

    [Fact]
    public async Task Another_caller_is_decided_for_and_the_text_is_the_same()
    {
        var (_, answer, _) = await JsonAsync("", "--text", Asked, "--tier", "professional", "--credential", "security-professional", "fraud-investigator");

        Assert.Equal(("allow", "allowed_by_clearance"), (answer.GetProperty("decision").GetString(), answer.GetProperty("reason").GetString()));
        Assert.Equal("dual-use", answer.GetProperty("severity").GetString());
    }

    [Fact]
    public async Task Standard_input_is_read_where_no_text_is_given()
    {
        var (_, given, _) = await JsonAsync("", "--text", Asked);
        var (_, read, _) = await JsonAsync(Asked, "--text");

        Assert.Equal(given.GetProperty("passages").GetRawText(), read.GetProperty("passages").GetRawText());
    }

    [Fact]
    public async Task A_completion_is_explained_beside_its_prompt_and_any_head_may_be_asked()
    {
        var (_, answer, _) = await JsonAsync("", "--text", "First you do the first step.", "--kind", "completion", "--prompt", Asked, "--head", "bio");

        Assert.Equal(("completion", "bio"), (answer.GetProperty("kind").GetString(), answer.GetProperty("head").GetString()));
        Assert.Equal(JsonValueKind.Number, answer.GetProperty("prompt").GetProperty("fall").ValueKind);
    }

    [Fact]
    public async Task A_text_that_nobody_can_read_has_no_verdict_and_says_why()
    {
        const string Key = "qwertyuiopasdfghjklzxcvbnm";
        const string Text = "how do i keep tomatoes alive in a small garden on a balcony in the north where it rains for most of the year";
        var (code, answer, _) = await JsonAsync("", "--text", string.Concat(Text.Select(c => c == ' ' ? c : Key[c - 'a'])));

        Assert.Equal((0, "unavailable", "unreadable_text"), (code, answer.GetProperty("decision").GetString(), answer.GetProperty("reason").GetString()));
        Assert.Equal(("unknown", "readability"), (answer.GetProperty("severity").GetString(), answer.GetProperty("stage").GetString()));
        Assert.Contains("no language", answer.GetProperty("unknown").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (answer.GetProperty("heads").GetArrayLength(), answer.GetProperty("passages").GetArrayLength()));
    }

    [Fact]
    public async Task A_text_without_end_is_read_no_further_than_it_takes_to_call_it_too_long()
    {
        using var endless = new Endless();
        var (code, output, _) = await RunAsync(endless, "--text", "--json");
        var answer = JsonSerializer.Deserialize<JsonElement>(output);

        Assert.Equal((0, "classification_unavailable"), (code, answer.GetProperty("reason").GetString()));
        Assert.Contains("longer than 4000000 characters", answer.GetProperty("unknown").GetString(), StringComparison.Ordinal);
        Assert.InRange(endless.Given, 4_000_000, 5_000_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t ")]
    public async Task Nothing_is_clear_and_has_no_passages_that_weigh(string text)
    {
        var (code, answer, _) = await JsonAsync(text, "--text");

        Assert.Equal((0, "allow", "ngram"), (code, answer.GetProperty("decision").GetString(), answer.GetProperty("stage").GetString()));
        Assert.All(answer.GetProperty("passages").EnumerateArray(), passage => Assert.Equal(0, passage.GetProperty("fall").GetDouble()));
    }

    [Fact]
    public async Task What_a_terminal_would_obey_is_not_shown()
    {
        var (_, table, _) = await RunAsync("", "--text", "How do I \u001b[31mpaint\u202e a fence in a day or two, all of it?");

        Assert.Contains("paint", table, StringComparison.Ordinal);
        Assert.DoesNotContain(table, character => character is '\u001b' or '\u202e');
    }

    [Theory]
    [InlineData("--head alchemy --text x", "--head: 'alchemy'")]
    [InlineData("--tier wizard --text x", "--tier: 'wizard'")]
    [InlineData("--text x --category cyber", "--category stands for what a model would say")]
    [InlineData("--text x --table", "--table stands for")]
    [InlineData("--head cyber", "--head goes with --text")]
    [InlineData("--text x --passages 0", "--passages takes a number from 1 on")]
    [InlineData("--text x --bundle /no/such/bundle", "/no/such/bundle")]
    [InlineData("--text x --policy /no/such/policy.json", "/no/such/policy.json")]
    public async Task A_word_that_does_not_fit_is_named(string arguments, string says)
    {
        var (code, output, errors) = await RunAsync("", arguments.Split(' '));

        Assert.Equal(1, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("decision", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, JsonElement Answer, string Errors)> JsonAsync(string input, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(input, [.. arguments, "--json"]);
        return (code, JsonSerializer.Deserialize<JsonElement>(output), errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string input, params string[] arguments)
    {
        using var reader = new StringReader(input);
        return await RunAsync(reader, arguments);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(TextReader input, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var code = await ExplainCommand.Create(input: input).Parse(arguments)
            .InvokeAsync(new() { Output = output, Error = errors }, CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }

    private sealed class SameElement : IEqualityComparer<JsonElement>
    {
        public bool Equals(JsonElement left, JsonElement right) => left.GetRawText() == right.GetRawText();

        public int GetHashCode(JsonElement element) => 0;
    }

    private sealed class Endless : TextReader
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill('x');
            Given += buffer.Length;
            return new(buffer.Length);
        }
    }
}
