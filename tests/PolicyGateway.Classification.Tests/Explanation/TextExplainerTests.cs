using System.Text;
using System.Text.Json;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Explanation;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Tests.Encoder;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Tests.Explanation;

/// <summary>The shipped cascade, and what it says of its own answers.</summary>
public sealed class TextExplainerTests(TextExplainerTests.TheExplainer the) : IClassFixture<TextExplainerTests.TheExplainer>
{
    private const int Flagged = LabelMap.FlaggedIndex;

    private static readonly string[] Things = ["river", "garden", "old bridge", "baker", "weather", "school", "train", "small dog", "library", "market", "orchard"];

    private static readonly EvidenceBounds Ample = new(Passages: 40, TimeSpan.FromMinutes(2), AtOnce: 2);

    public static TheoryData<string> Texts => new(
        Gravest, Gravest + " Thank you!", Convert.ToBase64String(Encoding.UTF8.GetBytes(Gravest)), "Hello there! " + string.Join('\u200b', Gravest.ToCharArray()), "How do I keep tomatoes alive?", "", "   ");

    /// <summary>The prompt of the fixtures that the first stage is surest of.</summary>
    private static string Gravest { get; } = File.ReadLines(Shipped.DemoTexts)
        .Select(static line => JsonDocument.Parse(line).RootElement)
        .Where(static row => row.GetProperty("kind").GetString() == "prompt")
        .MaxBy(static row => row.GetProperty("scores").GetProperty("flagged").GetDouble()).GetProperty("text").GetString()!;

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task The_readings_come_to_what_the_classifier_says(string text)
    {
        var scores = await the.Classifier.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None);
        var read = await the.Explainer.ReadAsync(Shipped.Prompt(text), Nothing, CancellationToken.None);

        Assert.Equal(scores.Probabilities.AsEnumerable(), read.Scores.Probabilities);
        Assert.Equal((scores.Stage, scores.Windows, scores.Views), (read.Scores.Stage, read.Scores.Windows, read.Scores.Views));
        Assert.Equal(read.Deciding(Flagged)!.Scores.Probabilities[Flagged], read.Scores.Probabilities[Flagged]);
        Assert.Equal((ReadingScores.Raw, text), (read.Readings[0].Name, read.Readings[0].Text));
    }

    [Fact]
    public async Task What_was_decoded_decides_and_leads_back_to_its_place()
    {
        var hidden = Convert.ToBase64String(Encoding.UTF8.GetBytes(Gravest));

        // The second stage thinks much the same of the digits as they stand.
        await using var alone = TextExplainer.Load(Shipped.Options());
        var read = await alone.ReadAsync(Shipped.Prompt(hidden), Nothing, CancellationToken.None);
        var evidence = await alone.WeighAsync(read, Flagged, Ample, Nothing, CancellationToken.None);

        Assert.Equal(ViewNames.Decoded, read.Deciding(Flagged)!.Name);
        var top = evidence.Passages[0];
        Assert.Contains(top.Text.Trim()[..10], Gravest, StringComparison.Ordinal);
        Assert.Equal(new RawRange(0, hidden.Length), top.Raw);
        Assert.True(evidence.IsComplete);
    }

    [Fact]
    public async Task The_passage_that_weighs_most_is_the_one_that_matters()
    {
        var text = Walk(6) + Gravest + ". " + Walk(6);
        var (read, evidence) = await ExplainAsync(Shipped.Prompt(text), isRawOnly: true);

        Assert.InRange(read.Scores.Probabilities[Flagged], 0.5, 1);
        var first = evidence.Passages[0];
        Assert.InRange(first.Raw.Start, text.IndexOf(Gravest, StringComparison.Ordinal) - 100, text.IndexOf(Gravest, StringComparison.Ordinal) + Gravest.Length);
        Assert.True(first.Fall > 0);
        Assert.Equal(evidence.Passages.OrderByDescending(passage => passage.Fall).Select(passage => passage.Raw), evidence.Passages.Select(passage => passage.Raw));
        Assert.Equal(text, string.Concat(evidence.Passages.OrderBy(passage => passage.Raw.Start).Select(passage => text.Substring(passage.Raw.Start, passage.Raw.Length))));
    }

    [Fact]
    public async Task A_passage_that_stands_out_is_a_reading_with_its_place_in_the_text()
    {
        var text = Walk(12) + Gravest + ". " + Walk(12);
        var read = await the.Explainer.ReadAsync(Shipped.Prompt(text), Nothing, CancellationToken.None);

        var reading = Assert.Single(read.Readings, static reading => reading.Name == ViewClassifier.PassageName);
        var raw = reading.ToRaw(..reading.Text.Length);
        Assert.Equal(reading.Text, text.Substring(raw.Start, raw.Length));
        Assert.Contains(Gravest, reading.Text, StringComparison.Ordinal);
        Assert.Equal(0, read.Scores.Views);
    }

    [Fact]
    public async Task A_fall_is_what_the_cascade_says_of_the_rest()
    {
        var (read, evidence) = await ExplainAsync(Shipped.Prompt(Gravest + ". And how do I keep tomatoes alive on a balcony?"));
        var reading = read.Deciding(Flagged)!;

        foreach (var passage in evidence.Passages)
        {
            var rest = reading.Text.Remove(passage.Raw.Start, passage.Raw.Length);
            var scores = await the.Cascade.ClassifyAsync(Shipped.Prompt(rest), CancellationToken.None);
            Assert.Equal(scores.Probabilities.AsEnumerable(), passage.Without.Probabilities);
            Assert.Equal(TextExplainer.LogitOf(reading.Scores, Flagged) - TextExplainer.LogitOf(scores, Flagged), passage.Fall);
        }
    }

    [Fact]
    public async Task Of_a_long_text_the_surest_window_is_found_and_its_surroundings_are_weighed()
    {
        var text = Walk(120) + "\n" + Gravest + "\n" + Walk(120);
        var at = text.IndexOf(Gravest, StringComparison.Ordinal);
        var (read, evidence) = await ExplainAsync(Shipped.Prompt(text), isRawOnly: true);

        Assert.Equal((read.Readings[0].Scores.Windows, read.Readings[0].Scores.Windows), (evidence.WindowsInAll, evidence.Windows.Length));
        Assert.InRange(at, evidence.Windows[0].Raw.Start, evidence.Windows[0].Raw.Start + evidence.Windows[0].Raw.Length);
        Assert.InRange(evidence.Windows.Max(window => window.Raw.Length), 200, 1_500);
        Assert.Equal(4_000, evidence.Excerpt!.Text.Length);
        Assert.InRange(evidence.Passages[0].Raw.Start, at - 300, at + Gravest.Length);
        Assert.InRange(evidence.Passages.Length, 10, 40);
    }

    [Fact]
    public async Task A_completion_is_weighed_behind_its_prompt_and_without_it()
    {
        var (_, evidence) = await ExplainAsync(new ClassifierInput(TextKind.Completion, "First you do the first step, then the second.".AsMemory(), Gravest.AsMemory()));

        Assert.Equal(Gravest, evidence.Prompt!.Text);
        Assert.True(evidence.Prompt.Fall > 0);
        Assert.Null((await ExplainAsync(Shipped.Prompt(Gravest))).Evidence.Prompt);
    }

    [Fact]
    public async Task With_the_first_stage_alone_its_own_windows_are_scored()
    {
        await using var alone = TextExplainer.Load(Shipped.Options());
        var read = await alone.ReadAsync(Shipped.Prompt(Walk(60) + Gravest), Nothing, CancellationToken.None);
        var evidence = await alone.WeighAsync(read, Flagged, Ample, Nothing, CancellationToken.None);

        Assert.Equal((NgramClassifier.StageName, read.Deciding(Flagged)!.Scores.Windows), (read.Scores.Stage, evidence.WindowsInAll));
        Assert.Equal(read.Scores.Probabilities[Flagged], evidence.Windows[0].Scores.Probabilities[Flagged]);
    }

    [Fact]
    public async Task What_is_not_done_in_time_is_left_out_and_said_to_be()
    {
        var text = Walk(400);
        var read = await the.Explainer.ReadAsync(Shipped.Prompt(text), Nothing, CancellationToken.None);
        var evidence = await the.Explainer.WeighAsync(read, Flagged, Ample with { Time = TimeSpan.FromMilliseconds(200) }, Nothing, CancellationToken.None);

        Assert.False(evidence.IsComplete);
        Assert.True(evidence.Windows.Length < evidence.WindowsInAll);
    }

    public static TheoryData<string> OddTexts => new(
        "\ud800 lone \udc00", "a\0b\0c", "\u202eabc\u202d \u05d0\u05d1 abc", string.Concat(Enumerable.Repeat("\ud83d\ude00", 300)), "Z" + new string('\u0315', 1_000),
        new string('x', 4_500), new string('\n', 6_000), string.Concat(Enumerable.Repeat("%25", 500)), "\ud83d" + new string('\udc00', 1_500));

    [Theory]
    [MemberData(nameof(OddTexts))]
    public async Task Any_text_has_evidence_inside_it_or_a_reason_why_there_is_no_verdict(string text)
    {
        var read = await the.Explainer.ReadAsync(Shipped.Prompt(text), Nothing, CancellationToken.None);
        if (read.Scores.IsUnknown)
        {
            return;
        }

        var evidence = await the.Explainer.WeighAsync(read, Flagged, Ample, Nothing, CancellationToken.None);

        Assert.True(evidence.IsComplete);
        Assert.All(evidence.Windows.Select(window => window.Raw).Concat(evidence.Passages.Select(passage => passage.Raw)), place =>
        {
            Assert.InRange(place.Start, 0, text.Length);
            Assert.InRange(place.Start + place.Length, place.Start, text.Length);
        });
    }

    [Fact]
    public async Task Whoever_gives_up_is_obeyed()
    {
        using var stop = new CancellationTokenSource();
        var read = await the.Explainer.ReadAsync(Shipped.Prompt(Walk(50)), Nothing, CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => the.Explainer.WeighAsync(read, Flagged, Ample, stop.Cancel, stop.Token));
    }

    [Fact]
    public async Task A_text_without_a_verdict_has_a_reason_and_no_evidence()
    {
        var read = await the.Explainer.ReadAsync(Shipped.Prompt(new string('x', 5_000_000)), Nothing, CancellationToken.None);

        Assert.Equal((UnknownReason.TooLong, 0), (read.Scores.UnknownReason, read.Readings.Length));
        Assert.Null(read.Deciding(Flagged));
        await Assert.ThrowsAsync<ArgumentException>(() => the.Explainer.WeighAsync(read, Flagged, Ample, Nothing, CancellationToken.None));
    }

    private async Task<(ReadText Read, TextEvidence Evidence)> ExplainAsync(ClassifierInput input, bool isRawOnly = false)
    {
        var read = await the.Explainer.ReadAsync(input, Nothing, CancellationToken.None);
        read = isRawOnly ? read with { Readings = [read.Readings[0]] } : read;
        return (read, await the.Explainer.WeighAsync(read, Flagged, Ample, Nothing, CancellationToken.None));
    }

    /// <summary>Sentences of a harmless story; no two are alike, for what repeats itself is read without the repetition.</summary>
    private static string Walk(int sentences) => string.Concat(Enumerable.Range(0, sentences).Select(i =>
        $"On day {i} we walked past the {Things[i % 11]} and talked about the {Things[i * 7 / 3 % 11]} and the {Things[i * i % 11]} for {i % 59} minutes. "));

    private static void Nothing()
    {
    }

    /// <summary>Loaded once: two models of the same files, so that neither has the other's scores in its cache.</summary>
    public sealed class TheExplainer : IAsyncDisposable
    {
        public TextExplainer Explainer { get; } = TextExplainer.Load(TheEncoder.Options());

        public IClassifier Classifier { get; } = Classifiers.Load(TheEncoder.Options());

        internal CascadeClassifier Cascade { get; } =
            new(NgramClassifier.Load(TheEncoder.Options()), EncoderBundle.Load(Shipped.EncoderBundle), TheEncoder.Options(), TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await Explainer.DisposeAsync();
            await Classifier.DisposeAsync();
            await Cascade.DisposeAsync();
        }
    }
}
