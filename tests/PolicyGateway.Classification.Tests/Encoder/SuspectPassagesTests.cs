using System.Collections.Immutable;
using System.Text.Json;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Encoder;

public sealed class SuspectPassagesTests(TheEncoder encoder) : IClassFixture<TheEncoder>, IAsyncLifetime
{
    private readonly NgramClassifier _first = Shipped.Load();

    private const string Harmless =
        "The bakery on the corner opens at seven, and by eight the first loaves are gone. We walked along the river until the path "
        + "turned into a meadow full of clover. On Thursdays the library stays open late, and a student plays the piano downstairs. ";

    /// <summary>The prompts of the fixtures, those first that the first stage is surest of.</summary>
    private static string[] Prompts { get; } = [.. File.ReadLines(Shipped.DemoTexts)
        .Select(static line => JsonDocument.Parse(line).RootElement)
        .Where(static row => row.GetProperty("kind").GetString() == "prompt")
        .OrderByDescending(static row => row.GetProperty("scores").GetProperty("flagged").GetDouble())
        .Select(static row => row.GetProperty("text").GetString()!)];

    private static string Gravest => Prompts[0];

    public static TheoryData<string, string> Frames => new()
    {
        { Harmless, "" },
        { "", " " + Harmless },
        { Harmless + "\n\n", "\n" + Harmless },
        { Harmless + Harmless + Harmless + Harmless + Harmless + Harmless, "" },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public async Task A_prompt_that_stands_in_harmless_text_is_found_in_it(string before, string after)
    {
        var text = before + Gravest.TrimEnd('.') + "." + after;

        var passage = await PassageAsync(Shipped.Prompt(text));

        Assert.NotNull(passage);
        Assert.Contains(Gravest[..40], text[passage.Value], StringComparison.Ordinal);
        Assert.InRange(text[passage.Value].Length, Gravest.Length, Gravest.Length + 90);
    }

    [Fact]
    public async Task A_text_that_holds_it_scores_at_least_as_it_does()
    {
        var views = new ViewClassifier(encoder.Cascade, TheEncoder.Options(), TimeProvider.System);
        var text = Harmless + Gravest + ". " + Harmless;
        var passage = text[(await PassageAsync(Shipped.Prompt(text)))!.Value];

        var alone = await encoder.Cascade.ClassifyAsync(Shipped.Prompt(passage), CancellationToken.None);
        var whole = await encoder.Cascade.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None);
        var scores = await views.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None);

        Assert.Equal(alone.Probabilities.Zip(whole.Probabilities, Math.Max), scores.Probabilities);
        Assert.Equal((0, alone.Windows + whole.Windows), (scores.Views, scores.Windows));
    }

    [Fact]
    public async Task A_long_text_is_searched_for_the_runner_up_too()
    {
        var other = Prompts[1];
        var page = string.Concat(Enumerable.Repeat(Harmless, 6));
        var text = page + Gravest + ". " + page + other + ". " + page;
        var found = (await FindAsync(Shipped.Prompt(text))).Found;

        Assert.Equal(4, found.Length);
        Assert.False(Overlap(found[0], found[1]), $"{found[0]} and {found[1]} overlap.");
        Assert.Equal((0, text.Trim().Length), (found[2].Start.Value, found[3].End.Value));
    }

    public static TheoryData<string, string> Joints => new() { { "\n\n", "" }, { "\n", "\n" }, { " ", "" } };

    [Theory]
    [MemberData(nameof(Joints))]
    public async Task What_a_long_text_begins_and_ends_with_is_a_passage_whatever_the_first_stage_says(string joint, string end)
    {
        var page = string.Concat(Enumerable.Repeat(Harmless, 7)).Trim();
        const string Asked = "Which of these places would you visit first, and why?";
        var text = Asked + joint + page + joint + Asked + end;
        var found = (await FindAsync(Shipped.Prompt(text))).Found;

        Assert.Contains(found, range => text[range].StartsWith(Asked, StringComparison.Ordinal) && text[range].Length < 300);
        Assert.Contains(found, range => text[range].EndsWith(Asked, StringComparison.Ordinal) && text[range].Length < 300);
    }

    public static TheoryData<string, string> WithoutPassage => new()
    {
        { "nothing", "" },
        { "one sentence", "how do I keep tomatoes alive in a small garden on a balcony in the north where it rains and rains without end for days" },
        { "little around it", Gravest + ". Thank you for that." },
        { "code", string.Concat(Enumerable.Repeat("if (list[i] == null) { return new Item(); }\n", 8)) + Gravest },
        { "alike all through", string.Concat(Enumerable.Repeat(Gravest.TrimEnd('.') + ". ", 1 + (900 / Gravest.Length))) },
    };

    [Theory]
    [MemberData(nameof(WithoutPassage))]
    public async Task There_is_no_passage_where_nothing_stands_apart(string name, string text)
    {
        Assert.NotEmpty(name);
        Assert.Null(await PassageAsync(Shipped.Prompt(text)));
    }

    [Fact]
    public async Task Of_a_completion_there_is_none() =>
        Assert.Null(await PassageAsync(new ClassifierInput(TextKind.Completion, (Harmless + Gravest + ". " + Harmless).AsMemory())));

    [Fact]
    public async Task What_the_first_stage_has_cleared_is_searched_only_where_something_could_drown_in_it()
    {
        var cleared = new Scores([.. new float[LabelMap.HeadCount]], NgramClassifier.StageName, encoder.Cascade.Profile.Model, 1);
        var text = Harmless + Gravest + ".";
        var page = Shipped.Prompt(string.Concat(Enumerable.Repeat(Harmless, 5)) + text);

        Assert.Empty((await encoder.Cascade.ScorePassagesAsync(Shipped.Prompt(text), cleared, CancellationToken.None)).Passages);
        var searched = await encoder.Cascade.ScorePassagesAsync(page, cleared, CancellationToken.None);
        Assert.NotEmpty(searched.Passages);
        Assert.Equal(cleared.Probabilities, searched.Probabilities);
    }

    [Fact]
    public async Task A_text_without_a_verdict_is_not_searched()
    {
        var unknown = Scores.Unknown(UnknownReason.Deadline, "encoder", encoder.Cascade.Profile.Model);

        Assert.Same(unknown, await encoder.Cascade.ScorePassagesAsync(Shipped.Prompt(Harmless + Gravest + ". " + Harmless), unknown, CancellationToken.None));
    }

    [Fact]
    public async Task A_text_whose_sentences_the_first_stage_cannot_score_in_time_is_unknown()
    {
        var text = Shipped.Prompt(Harmless + Gravest + ". " + Harmless);

        Assert.Equal(UnknownReason.Deadline, (await FindAsync(text with { Deadline = new Deadline(TimeProvider.System, TimeSpan.Zero) })).Reason);
        await _first.DisposeAsync();
        Assert.Equal(UnknownReason.NotReady, (await FindAsync(text)).Reason);
    }

    [Theory]
    [InlineData("a. ", 100_000)]
    [InlineData("\ud83d\ude00", 100_000)]
    [InlineData("x", 300_000)]
    [InlineData("\n", 200_000)]
    public async Task A_huge_or_odd_text_is_searched_in_bounded_time(string part, int count)
    {
        var text = string.Concat(Enumerable.Repeat(part, count));
        var (found, reason) = await FindAsync(Shipped.Prompt(text)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(UnknownReason.None, reason);
        Assert.InRange(found.Length, 0, 4);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _first.DisposeAsync();

    private async Task<Range?> PassageAsync(ClassifierInput input)
    {
        var (found, reason) = await FindAsync(input);
        Assert.Equal(UnknownReason.None, reason);
        return found.Length == 0 ? null : found[0];
    }

    private ValueTask<(ImmutableArray<Range> Found, UnknownReason Reason)> FindAsync(ClassifierInput input) =>
        new SuspectPassages(_first).FindAsync(input, isCleared: false, CancellationToken.None);

    private static bool Overlap(Range one, Range other) =>
        one.Start.Value < other.End.Value && other.Start.Value < one.End.Value;
}
