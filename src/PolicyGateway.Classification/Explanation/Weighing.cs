namespace PolicyGateway.Classification.Explanation;

/// <summary>
/// Asks what a head says of each window of a reading alone, and of the reading without each of its passages. Every answer is
/// that of the whole cascade: what a passage weighs in one stage alone says nothing of the verdict.
/// </summary>
internal sealed class Weighing(
    IWindowedClassifier classifier, ClassifierInput whole, ReadingScores reading, int head, EvidenceBounds bounds, Action scored, TimeProvider time)
{
    // Of a long reading its surest window counts, and what stands around it: what is further off is in no window with it.
    private const int LongestExcerpt = 4000;

    // Windows come first; the passages must not go without.
    private const double ShareOfWindows = 0.75;

    private readonly ClassifierInput _input = whole with { Text = reading.Text.AsMemory() };

    public async Task<TextEvidence> RunAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var ranges = classifier.WindowsOf(_input, reading.Scores.Stage);
        var windows = await WindowsAsync(ranges, cancellationToken).ConfigureAwait(false);
        var evidence = new TextEvidence([.. windows.Select(window => Stretch(window.Range, window.Scores))], ranges.Count, null, [], 0, null, false);
        return windows.Count == 0
            ? evidence
            : await PassagesAsync(evidence, ExcerptOf(reading.Text, windows[0].Range), bounds.Time - time.GetElapsedTime(began), cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<(Range Range, Scores Scores)>> WindowsAsync(IReadOnlyList<Range> ranges, CancellationToken cancellationToken)
    {
        var scores = await ScoreAsync([.. ranges.Select(range => _input with { Text = _input.Text[range] })], bounds.Time * ShareOfWindows, cancellationToken).ConfigureAwait(false);
        return
        [
            .. ranges.Zip(scores)
                .Where(static window => window.Second is not null)
                .Select(static window => (Range: window.First, Scores: window.Second!))
                .OrderByDescending(window => TextExplainer.LogitOf(window.Scores, head) ?? double.NegativeInfinity),
        ];
    }

    private async Task<TextEvidence> PassagesAsync(TextEvidence evidence, Range excerpt, TimeSpan within, CancellationToken cancellationToken)
    {
        var text = reading.Text[excerpt];
        var passages = Passages.Of(text, bounds.Passages);
        var input = _input with { Text = text.AsMemory() };
        var scores = await ScoreAsync(
            [
                input,
                input with { Prompt = default },
                .. passages.Select(passage => input with { Text = Without(text, passage).AsMemory() }),
            ],
            within,
            cancellationToken).ConfigureAwait(false);
        if (scores[0] is not { } all)
        {
            return evidence;
        }

        var start = excerpt.Start.Value;
        return evidence with
        {
            Excerpt = Stretch(excerpt, all),
            Prompt = input.Prompt.IsEmpty || scores[1] is not { } alone ? null : new LeftOut(default, input.Prompt.ToString(), alone, Fall(all, alone)),
            PassagesInAll = passages.Count,
            Passages =
            [
                .. passages.Zip(scores.Skip(2))
                    .Where(static passage => passage.Second is not null)
                    .Select(passage => Weigh((start + passage.First.Start.Value)..(start + passage.First.End.Value), all, passage.Second!))
                    .OrderByDescending(static passage => passage.Fall ?? double.NegativeInfinity),
            ],
            IsComplete = evidence.Windows.Length == evidence.WindowsInAll && scores.All(static score => score is not null),
        };
    }

    /// <summary>Scores texts side by side; null stands for what was not done in time.</summary>
    private async Task<Scores?[]> ScoreAsync(IReadOnlyList<ClassifierInput> inputs, TimeSpan within, CancellationToken cancellationToken)
    {
        var scores = new Scores?[inputs.Count];
        using var late = new CancellationTokenSource(within > TimeSpan.Zero ? within : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = bounds.AtOnce, CancellationToken = either.Token };
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, inputs.Count), parallel, async (i, token) =>
            {
                scores[i] = await classifier.ClassifyAsync(inputs[i], token).ConfigureAwait(false);
                lock (scores)
                {
                    scored();
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What is done counts.
        }

        return scores;
    }

    private PassageScores Stretch(Range range, Scores scores) => new(reading.ToRaw(range), reading.Text[range], scores);

    private LeftOut Weigh(Range passage, Scores all, Scores without) =>
        new(reading.ToRaw(passage), reading.Text[passage], without, Fall(all, without));

    private double? Fall(Scores all, Scores without) => TextExplainer.LogitOf(all, head) - TextExplainer.LogitOf(without, head);

    private static string Without(string text, Range passage) =>
        text.Remove(passage.Start.Value, passage.End.Value - passage.Start.Value);

    /// <summary>All of a text; of a long one what stands around a window, as far before it as behind it.</summary>
    private static Range ExcerptOf(string text, Range window)
    {
        var middle = (window.Start.Value + window.End.Value) / 2;
        var start = Math.Clamp(middle - (LongestExcerpt / 2), 0, Math.Max(0, text.Length - LongestExcerpt));
        var end = Math.Min(text.Length, start + LongestExcerpt);
        return Whole(text, start)..Whole(text, end);
    }

    /// <summary>An offset that is not between the halves of a character.</summary>
    private static int Whole(string text, int at) =>
        at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;
}
