using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests;

public sealed class ViewClassifierTests : IAsyncLifetime
{
    private readonly IClassifier _classifier = Classifiers.Load(Shipped.Options());
    private readonly string _gravest = File.ReadLines(Shipped.DemoTexts)
        .Select(static line => System.Text.Json.JsonDocument.Parse(line).RootElement)
        .Where(static row => row.GetProperty("kind").GetString() == "prompt")
        .MaxBy(static row => row.GetProperty("scores").GetProperty("flagged").GetDouble()).GetProperty("text").GetString()!;

    [Fact]
    public async Task A_text_that_hides_what_it_says_scores_as_what_it_says()
    {
        var plain = await FlaggedAsync(_gravest);
        string[] hidden =
        [
            Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(_gravest)),
            Uri.EscapeDataString(_gravest),
            string.Join('\u200b', _gravest.ToCharArray()),
            string.Concat(_gravest.Select(static c => c is > ' ' and < '\u007f' ? (char)(c + 0xfee0) : c)),
            string.Concat(_gravest.Select(static c => char.IsAsciiLetter(c) ? (char)((char.IsAsciiLetterLower(c) ? 'a' : 'A') + (((c | 32) - 'a' + 13) % 26)) : c)),
        ];

        Assert.True(plain > 0.5);
        foreach (var text in hidden)
        {
            Assert.InRange(await FlaggedAsync(text), plain * 0.8f, 1);
        }
    }

    [Fact]
    public async Task Harmless_text_has_the_score_that_it_has_without_views()
    {
        const string Text = "How do I keep tomatoes alive in a small garden on a balcony in the north?";
        await using var bare = NgramClassifier.Load(Shipped.Options());

        var scores = await _classifier.ClassifyAsync(Shipped.Prompt(Text), CancellationToken.None);

        Assert.Equal(0, scores.Views);
        Assert.Equal((await bare.ClassifyAsync(Shipped.Prompt(Text), CancellationToken.None)).Probabilities.AsEnumerable(), scores.Probabilities);
    }

    [Fact]
    public async Task A_text_that_nobody_can_read_is_unknown()
    {
        // The alphabet in another order, the same for each letter.
        const string Key = "qwertyuiopasdfghjklzxcvbnm";
        const string Text = "how do i keep tomatoes alive in a small garden on a balcony in the north where it rains for most of the year";
        var cipher = string.Concat(Text.Select(static c => c == ' ' ? c : Key[c - 'a']));

        var scores = await _classifier.ClassifyAsync(Shipped.Prompt(cipher), CancellationToken.None);

        Assert.Equal((UnknownReason.Unreadable, 0), (scores.UnknownReason, scores.Probabilities.Length));
    }

    [Fact]
    public async Task Thanks_behind_a_text_do_not_lower_its_score() =>
        Assert.InRange(await FlaggedAsync(_gravest + " Thank you!"), await FlaggedAsync(_gravest), 1);

    [Fact]
    public async Task A_text_that_comes_again_from_the_same_owner_is_not_scored_again()
    {
        var first = await _classifier.ClassifyAsync(Shipped.Prompt(_gravest), CancellationToken.None);
        var again = await _classifier.ClassifyAsync(Shipped.Prompt(_gravest), CancellationToken.None);
        var another = await _classifier.ClassifyAsync(Shipped.Prompt(_gravest) with { Owner = "another" }, CancellationToken.None);

        Assert.Same(again, await _classifier.ClassifyAsync(Shipped.Prompt(_gravest), CancellationToken.None));
        Assert.NotSame(again, another);
        Assert.Equal(first.Probabilities.AsEnumerable(), again.Probabilities);
        Assert.Equal(first.Probabilities.AsEnumerable(), another.Probabilities);
    }

    [Fact]
    public async Task Where_no_scores_are_kept_each_text_is_scored()
    {
        var options = Shipped.Options();
        options.CachedScores = 0;
        await using var classifier = Classifiers.Load(options);
        var first = await classifier.ClassifyAsync(Shipped.Prompt(_gravest), CancellationToken.None);

        Assert.NotSame(first, await classifier.ClassifyAsync(Shipped.Prompt(_gravest), CancellationToken.None));
    }

    [Fact]
    public async Task All_readings_of_a_text_share_one_deadline_and_none_is_scored_once_there_is_no_verdict()
    {
        var options = Shipped.Options();
        options.Deadline = TimeSpan.FromMilliseconds(2);
        await using var classifier = Classifiers.LoadViews(options, new TickingTime());
        var hidden = Shipped.Prompt(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(string.Join('\u200b', _gravest.ToCharArray()))) + " " + Uri.EscapeDataString(_gravest));

        var one = await classifier.OneReading.ClassifyAsync(hidden, CancellationToken.None);
        var all = await classifier.ClassifyAsync(hidden, CancellationToken.None);

        Assert.Equal((UnknownReason.None, UnknownReason.Deadline), (one.UnknownReason, all.UnknownReason));
    }

    [Fact]
    public async Task All_texts_of_a_request_share_another_deadline()
    {
        var options = Shipped.Options();
        options.Deadline = TimeSpan.FromMinutes(1);
        var time = new TickingTime();
        await using var classifier = Classifiers.LoadViews(options, time);
        string[] texts = [.. Enumerable.Range(0, 40).Select(number => $"What is {number} and {number}?")];
        var input = Shipped.Prompt("");

        var one = await classifier.ClassifyAsync(input.Within(TimeSpan.FromMilliseconds(20), time), texts[..1], CancellationToken.None);
        var all = await classifier.ClassifyAsync(input.Within(TimeSpan.FromMilliseconds(20), time), texts, CancellationToken.None);

        Assert.Equal((UnknownReason.None, UnknownReason.Deadline), (one.UnknownReason, all.UnknownReason));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _classifier.DisposeAsync();

    private async Task<float> FlaggedAsync(string text)
    {
        var scores = await _classifier.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None);
        Assert.Equal(UnknownReason.None, scores.UnknownReason);
        return scores.Probabilities[LabelMap.FlaggedIndex];
    }

    /// <summary>A millisecond passes with each look at the clock.</summary>
    private sealed class TickingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Interlocked.Increment(ref _now);
    }
}
