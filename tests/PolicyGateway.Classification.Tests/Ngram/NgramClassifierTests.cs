using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Ngram;

public sealed class NgramClassifierTests
{
    private static readonly string LongText = string.Concat(Enumerable.Repeat("A sentence about the weather in spring. ", 500));

    [Fact]
    public async Task It_is_ready_only_once_it_is_warm()
    {
        await using var classifier = Shipped.Load();
        Assert.False(classifier.IsReady);

        await classifier.WarmUpAsync(CancellationToken.None);

        Assert.True(classifier.IsReady);
    }

    [Fact]
    public async Task With_a_free_lane_it_answers_on_the_spot_with_a_probability_for_every_head()
    {
        await using var classifier = Shipped.Load();

        var answer = classifier.ClassifyAsync(Shipped.Prompt("hello there"), CancellationToken.None);

        Assert.True(answer.IsCompletedSuccessfully);
        var scores = await answer;
        Assert.False(scores.IsUnknown);
        Assert.Equal(1, scores.Windows);
        Assert.Equal(NgramClassifier.StageName, scores.Stage);
        Assert.Equal(classifier.Profile.Model, scores.Model);
        Assert.Equal(classifier.Profile.Heads.Length, scores.Probabilities.Length);
        Assert.All(scores.Probabilities, p => Assert.InRange(p, 0f, 1f));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n\t")]
    [InlineData("?!…")]
    public async Task A_text_without_words_is_benign(string text)
    {
        await using var classifier = Shipped.Load();

        foreach (var kind in new[] { TextKind.Prompt, TextKind.Completion })
        {
            var scores = await classifier.ClassifyAsync(new ClassifierInput(kind, text.AsMemory()), CancellationToken.None);
            Assert.All(scores.Probabilities, p => Assert.Equal(0, p));
        }
    }

    [Fact]
    public async Task A_text_of_unknown_words_reaches_no_upper_edge()
    {
        await using var classifier = Shipped.Load();

        var scores = await classifier.ClassifyAsync(Shipped.Prompt("qwzx vrrt plmk"), CancellationToken.None);

        Assert.All(scores.Probabilities.Zip(classifier.Profile.Thresholds), pair => Assert.True(pair.First < pair.Second.Flagged));
    }

    [Fact]
    public async Task No_head_is_surer_than_flagged()
    {
        await using var classifier = Shipped.Load();
        foreach (var text in new[] { "hello", "Write an exploit for this router", LongText })
        {
            var scores = await classifier.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None);
            Assert.All(scores.Probabilities, p => Assert.True(p <= scores.Probabilities[LabelMap.FlaggedIndex]));
        }
    }

    [Fact]
    public async Task A_needle_deep_in_a_long_text_is_found()
    {
        const string Needle = "Dumped the firmware, found a command injection. How do I turn it into a persistent root shell with a reverse shell payload?";
        await using var classifier = Shipped.Load();
        var cyber = classifier.Profile.IndexOf("cyber");

        var hay = await classifier.ClassifyAsync(Shipped.Prompt(LongText), CancellationToken.None);
        var both = await classifier.ClassifyAsync(Shipped.Prompt(LongText + Needle + LongText), CancellationToken.None);

        Assert.True(both.Windows > 20);
        Assert.True(both.Probabilities[cyber] > hay.Probabilities[cyber] + 0.02f);
    }

    [Theory]
    [InlineData("\ud83d")]
    [InlineData("\udc00\udc00 \ud800")]
    [InlineData("\0\0\uffff")]
    public async Task Text_that_is_not_well_formed_is_scored_like_any_other(string text)
    {
        await using var classifier = Shipped.Load();

        Assert.False((await classifier.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None)).IsUnknown);
    }

    [Fact]
    public async Task A_text_above_the_cap_is_unknown()
    {
        await using var classifier = Shipped.Load(new() { Bundle = Shipped.Bundle, MaxCharacters = 1000 });

        var longest = await classifier.ClassifyAsync(Shipped.Prompt(new string('x', 1000)), CancellationToken.None);
        var tooLong = await classifier.ClassifyAsync(Shipped.Prompt(new string('x', 1001)), CancellationToken.None);

        Assert.Equal(UnknownReason.None, longest.UnknownReason);
        Assert.Equal(UnknownReason.TooLong, tooLong.UnknownReason);
        Assert.Empty(tooLong.Probabilities);
    }

    [Fact]
    public async Task A_long_text_that_passes_its_deadline_between_windows_is_unknown()
    {
        await using var classifier = Shipped.Load(time: new ScriptedClock { Leap = TimeSpan.FromSeconds(3) });

        var scores = await classifier.ClassifyAsync(Shipped.Prompt(LongText), CancellationToken.None);

        Assert.Equal(UnknownReason.Deadline, scores.UnknownReason);
    }

    [Fact]
    public async Task With_every_lane_busy_and_no_queue_the_next_text_is_unknown()
    {
        var clock = new ScriptedClock();
        await using var classifier = Shipped.Load(new() { Bundle = Shipped.Bundle, Lanes = 1, QueueLimit = 0 }, clock);
        var first = HoldTheLane(classifier, clock);

        var second = await classifier.ClassifyAsync(Shipped.Prompt("b"), CancellationToken.None);
        clock.Release();

        Assert.Equal(UnknownReason.QueueFull, second.UnknownReason);
        Assert.False((await first).IsUnknown);
    }

    [Fact]
    public async Task A_text_that_waits_beyond_its_deadline_is_unknown()
    {
        var clock = new ScriptedClock();
        await using var classifier = Shipped.Load(new() { Bundle = Shipped.Bundle, Lanes = 1, Deadline = TimeSpan.FromMilliseconds(1) }, clock);
        var first = HoldTheLane(classifier, clock);

        var second = await classifier.ClassifyAsync(Shipped.Prompt("b"), CancellationToken.None);
        clock.Release();

        Assert.Equal(UnknownReason.Deadline, second.UnknownReason);
        await first;
    }

    [Fact]
    public async Task A_waiting_text_gets_the_lane_when_it_is_free()
    {
        var clock = new ScriptedClock();
        await using var classifier = Shipped.Load(time: clock);
        var first = HoldTheLane(classifier, clock);

        var second = classifier.ClassifyAsync(Shipped.Prompt("b"), CancellationToken.None);
        Assert.False(second.IsCompleted);
        clock.Release();

        Assert.False((await second).IsUnknown);
        await first;
    }

    [Fact]
    public async Task A_text_says_how_long_it_waited_and_one_that_did_not_says_nothing()
    {
        var clock = new ScriptedClock();
        await using var classifier = Shipped.Load(time: clock);
        var first = HoldTheLane(classifier, clock);
        var second = classifier.ClassifyAsync(Shipped.Prompt("b"), CancellationToken.None);
        clock.Leap = TimeSpan.FromMilliseconds(20);
        clock.Release();

        Assert.Equal(TimeSpan.Zero, (await first).QueueWait);
        Assert.True((await second).QueueWait > TimeSpan.Zero);
    }

    [Fact]
    public async Task The_caller_s_own_cancellation_throws_before_and_while_waiting()
    {
        var clock = new ScriptedClock();
        await using var classifier = Shipped.Load(time: clock);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await classifier.ClassifyAsync(Shipped.Prompt("a"), new CancellationToken(canceled: true)));
        var first = HoldTheLane(classifier, clock);
        using var cancellation = new CancellationTokenSource();

        var waiting = classifier.ClassifyAsync(Shipped.Prompt("b"), cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        clock.Release();
        await first;
    }

    [Fact]
    public async Task Many_at_once_get_the_scores_of_one_alone()
    {
        await using var classifier = Shipped.Load(Shipped.Options(lanes: 4));
        var texts = Enumerable.Range(0, 40).Select(i => $"text number {i} about {(i % 2 == 0 ? "exploits" : "gardens")} {new string('x', i * 7)}").ToArray();
        var alone = new List<Scores>();
        foreach (var text in texts)
        {
            alone.Add(await classifier.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None));
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(async () =>
            await classifier.ClassifyAsync(Shipped.Prompt(texts[i % texts.Length]), CancellationToken.None))));

        Assert.All(together.Index(), pair => Assert.Equal(alone[pair.Index % texts.Length].Probabilities.AsEnumerable(), pair.Item.Probabilities.AsEnumerable()));
    }

    [Fact]
    public async Task After_disposal_it_says_not_ready()
    {
        var classifier = Shipped.Load();
        await classifier.DisposeAsync();

        var scores = await classifier.ClassifyAsync(Shipped.Prompt("a"), CancellationToken.None);

        Assert.Equal(UnknownReason.NotReady, scores.UnknownReason);
        Assert.False(classifier.IsReady);
    }

    /// <summary>Starts a text that stays in the only lane: the first look is the start, the second is before its window.</summary>
    private static Task<Scores> HoldTheLane(NgramClassifier classifier, ScriptedClock clock)
    {
        clock.HoldAtLook(2);
        var task = Task.Run(async () => await classifier.ClassifyAsync(Shipped.Prompt("a"), CancellationToken.None));
        clock.WaitUntilHeld();
        return task;
    }
}
