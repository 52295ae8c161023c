using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification.Tests.Encoder;

public sealed class CascadeClassifierTests(TheEncoder encoder) : IClassFixture<TheEncoder>
{
    // A tenth of a second of one lane.
    private static readonly string Part = string.Join(' ', Enumerable.Range(0, 460).Select(static i => $"garden{i % 97}"))[..3900];

    private static readonly string Long = string.Join(' ', Enumerable.Range(0, 60_000).Select(static i => $"garden{i % 97}"));

    [Fact]
    public async Task Every_known_text_scores_as_in_training()
    {
        await using var stage = new EncoderStage(encoder.Bundle, lanes: 2, queueLimit: 200, TimeProvider.System);

        var off = 0;
        foreach (var vector in encoder.Bundle.Vectors)
        {
            var input = new ClassifierInput(vector.TextKind, vector.Text.AsMemory(), vector.Prompt.AsMemory());
            var scores = await stage.ScoreAsync(input, new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1)), CancellationToken.None);
            Assert.Equal((UnknownReason.None, 1), (scores.Reason, scores.Windows));
            off += scores.Logits.Zip(vector.Scores).Any(static pair => Math.Abs((1 / (1 + Math.Exp(-pair.First))) - pair.Second) > 0.05) ? 1 : 0;
        }

        // An int8 model rounds otherwise on another kind of processor.
        Assert.InRange(off, 0, 5);
    }

    [Fact]
    public async Task What_the_first_stage_clears_is_not_asked_again_and_scores_below_every_threshold()
    {
        await using var cascade = Cascade(static clearing => clearing with { Prompt = 0.9999f });

        var scores = await cascade.ClassifyAsync(Shipped.Prompt("how do I keep tomatoes alive in a small garden"), CancellationToken.None);

        Assert.Equal(NgramClassifier.StageName, scores.Stage);
        Assert.All(scores.Probabilities.Zip(cascade.Profile.Thresholds), static pair => Assert.True(pair.First < pair.Second.Uncertain));
    }

    [Fact]
    public async Task What_it_does_not_clear_the_second_stage_decides()
    {
        await using var cascade = Cascade(static clearing => clearing with { Prompt = 0 });

        var scores = await cascade.ClassifyAsync(Shipped.Prompt("how do I keep tomatoes alive in a small garden"), CancellationToken.None);

        Assert.Equal((EncoderStage.StageName, 1, 16), (scores.Stage, scores.Windows, scores.Probabilities.Length));
        Assert.All(scores.Probabilities, probability => Assert.InRange(probability, 0, scores.Probabilities[LabelMap.FlaggedIndex]));
    }

    [Theory]
    [InlineData("\u2813\u2815\u283a \u2819\u2815 \u280a", EncoderStage.StageName)]
    [InlineData("\ud83d\ude00 \u2192 \ud83d\udd25", EncoderStage.StageName)]
    [InlineData(" \n\t ", NgramClassifier.StageName)]
    [InlineData("", NgramClassifier.StageName)]
    public async Task Signs_in_which_the_first_stage_finds_no_words_are_not_cleared_by_it_but_nothing_is(string text, string stage) =>
        Assert.Equal(stage, (await encoder.Cascade.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None)).Stage);

    [Fact]
    public void It_names_both_models()
    {
        Assert.Matches("^guard-e5-4@[0-9a-f]{8}\\+ngram-1@[0-9a-f]{8}$", encoder.Cascade.Profile.Model);
        Assert.Equal(encoder.Bundle.Profile.Thresholds, encoder.Cascade.Profile.Thresholds);
    }

    [Fact]
    public async Task A_text_that_is_not_done_in_time_is_unknown_and_holds_nobody_up()
    {
        await using var cascade = Cascade(options: static options => options.Deadline = TimeSpan.FromMilliseconds(300));

        var late = await cascade.ClassifyAsync(Shipped.Prompt(Long), CancellationToken.None);
        var next = await NextAsync(cascade);

        Assert.Equal(UnknownReason.Deadline, late.UnknownReason);
        Assert.Equal((EncoderStage.StageName, UnknownReason.None), (next.Stage, next.UnknownReason));

        // The first stage alone may take much of so short a time on a busy machine, so it is asked until it is in time.
        static async Task<Scores> NextAsync(CascadeClassifier cascade)
        {
            Scores next;
            var tries = 0;
            do
            {
                next = await cascade.ClassifyAsync(Shipped.Prompt("a text of another length"), CancellationToken.None);
            }
            while (next.IsUnknown && ++tries < 100);
            return next;
        }
    }

    [Fact]
    public async Task With_a_busy_lane_and_a_full_queue_a_text_is_unknown_at_once()
    {
        await using var stage = new EncoderStage(encoder.Bundle, lanes: 1, queueLimit: 1, TimeProvider.System);
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1));
        var running = stage.ScoreAsync(Shipped.Prompt(Part), deadline, CancellationToken.None).AsTask();
        ValueTask<EncoderScores> waiting;
        do
        {
            // Until the lane has taken the first.
            waiting = stage.ScoreAsync(Shipped.Prompt("waits"), deadline, CancellationToken.None);
        }
        while (waiting.IsCompleted);

        var turnedAway = await stage.ScoreAsync(Shipped.Prompt("too many"), deadline, CancellationToken.None);

        Assert.Equal(UnknownReason.QueueFull, turnedAway.Reason);
        Assert.Equal(UnknownReason.None, (await running).Reason);
        await waiting;
    }

    [Fact]
    public async Task What_a_client_waits_for_comes_before_what_only_follows()
    {
        await using var stage = new EncoderStage(encoder.Bundle, lanes: 1, queueLimit: 10, TimeProvider.System);
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1));
        var order = new List<string>();
        var running = stage.ScoreAsync(Shipped.Prompt(Part), deadline, CancellationToken.None).AsTask();

        // Long enough that whoever notes the first is done before it is.
        var later = NoteAsync("later", Part + " later", isLater: true);
        var first = NoteAsync("first", "first", isLater: false);

        await Task.WhenAll(running, later, first);

        Assert.Equal(["first", "later"], order);

        async Task NoteAsync(string name, string text, bool isLater)
        {
            await stage.ScoreAsync(Shipped.Prompt(text) with { IsLater = isLater }, deadline, CancellationToken.None);
            lock (order)
            {
                order.Add(name);
            }
        }
    }

    [Fact]
    public async Task A_long_text_is_scored_in_parts_and_the_gravest_counts()
    {
        var gravest = encoder.Bundle.Vectors.Where(static vector => vector.TextKind == TextKind.Prompt).MaxBy(static vector => vector.Scores[LabelMap.FlaggedIndex])!;
        await using var stage = new EncoderStage(encoder.Bundle, lanes: 2, queueLimit: 10, TimeProvider.System);
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1));

        var alone = await stage.ScoreAsync(Shipped.Prompt(gravest.Text), deadline, CancellationToken.None);
        var without = await stage.ScoreAsync(Shipped.Prompt($"{Long[..9_000]} and {Long[..9_000]}"), deadline, CancellationToken.None);
        var within = await stage.ScoreAsync(Shipped.Prompt($"{Long[..9_000]}\n\n{gravest.Text}\n\n{Long[..9_000]}"), deadline, CancellationToken.None);

        Assert.InRange(within.Windows, 30, 90);
        Assert.True(alone.Logits[LabelMap.FlaggedIndex] > 0 && within.Logits[LabelMap.FlaggedIndex] > without.Logits[LabelMap.FlaggedIndex]);
    }

    [Theory]
    [InlineData(0, 30, 0.9)]
    [InlineData(30, 0, 0.9)]
    [InlineData(300, 0, 0.8)]
    public async Task Harmless_words_beside_a_text_that_is_held_leave_it_held(int before, int after, double share)
    {
        // Half of these texts were written to stand at the line, so that a little moves them over it.
        const string harmless = "the garden looked lovely this morning and my neighbour brought fresh bread from the bakery while we waited for the late train home";
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(static i => harmless.Split(' ')[i % harmless.Split(' ').Length]));
        var (held, kept) = (0, 0);
        foreach (var vector in encoder.Bundle.Vectors)
        {
            var input = new ClassifierInput(vector.TextKind, vector.Text.AsMemory(), vector.Prompt.AsMemory());
            if (await IsHeldAsync(input))
            {
                held++;
                kept += await IsHeldAsync(input with { Text = $"{Words(before)} {vector.Text} {Words(after)}".AsMemory() }) ? 1 : 0;
            }
        }

        Assert.InRange(held, 30, 80);
        Assert.InRange((double)kept / held, share, 1);

        async Task<bool> IsHeldAsync(ClassifierInput input) =>
            (await encoder.Cascade.ClassifyAsync(input, CancellationToken.None)).Probabilities.Zip(encoder.Cascade.Profile.Thresholds)
            .Any(static pair => pair.First >= pair.Second.Uncertain);
    }

    [Fact]
    public async Task The_caller_s_own_cancellation_throws()
    {
        using var cancelled = new CancellationTokenSource();
        var task = encoder.Cascade.ClassifyAsync(Shipped.Prompt(Long), cancelled.Token).AsTask();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }

    [Fact]
    public async Task What_waits_when_it_is_disposed_is_answered_not_ready()
    {
        var stage = new EncoderStage(encoder.Bundle, lanes: 1, queueLimit: 10, TimeProvider.System);
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1));
        var running = stage.ScoreAsync(Shipped.Prompt(Part), deadline, CancellationToken.None).AsTask();
        var waiting = stage.ScoreAsync(Shipped.Prompt("waits"), deadline, CancellationToken.None).AsTask();

        await stage.DisposeAsync();
        var after = await stage.ScoreAsync(Shipped.Prompt("comes late"), deadline, CancellationToken.None);

        await running;
        Assert.Equal((UnknownReason.NotReady, UnknownReason.NotReady), ((await waiting).Reason, after.Reason));
    }

    [Fact]
    public async Task Odd_texts_have_a_verdict()
    {
        string[] odd = ["", " \t\n", "\ud83d\ude00\ud83d\ude00", "\ud800\udc00\ud800", "\0", "\u202ertl \u05d0\u05d1\u05d2 \u0627\u0628\u062c ltr"];

        foreach (var text in odd)
        {
            var scores = await encoder.Cascade.ClassifyAsync(Shipped.Prompt(text), CancellationToken.None);
            Assert.Equal(UnknownReason.None, scores.UnknownReason);
        }
    }

    private CascadeClassifier Cascade(Func<ClearingRule, ClearingRule>? clearing = null, Action<ClassifierOptions>? options = null)
    {
        var chosen = TheEncoder.Options();
        options?.Invoke(chosen);
        return new CascadeClassifier(NgramClassifier.Load(chosen), encoder.Bundle, chosen, TimeProvider.System, (clearing ?? (static _ => default))(encoder.Bundle.Manifest.Clearing));
    }
}
