using System.Collections.Immutable;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Explanation;

/// <summary>
/// Says of a text what the classifier says of it, and why: by which reading, which window, and which passages. Everything is
/// asked of the same stages, in the same way; nothing is read off the models' insides.
/// </summary>
public sealed class TextExplainer : IAsyncDisposable
{
    // A first stage that clears a text, or knows no word of it, would otherwise make any fall infinite.
    private const double SteepestLogit = 16;

    private readonly ViewClassifier _classifier;
    private readonly TimeProvider _time;

    private TextExplainer(ViewClassifier classifier, TimeProvider time) => (_classifier, _time) = (classifier, time);

    /// <summary>What the loaded bundles offer.</summary>
    public ClassifierProfile Profile => _classifier.Profile;

    /// <inheritdoc cref="Classifiers.Load"/>
    public static TextExplainer Load(ClassifierOptions options, TimeProvider? time = null) =>
        new(Classifiers.LoadViews(options, time ?? TimeProvider.System), time ?? TimeProvider.System);

    /// <summary>Scores every reading of a text, as <see cref="IClassifier.ClassifyAsync"/> of the whole classifier does.</summary>
    /// <param name="input">The text.</param>
    /// <param name="scored">Called after each reading that was scored.</param>
    /// <param name="cancellationToken">Ends it by an exception.</param>
    public async Task<ReadText> ReadAsync(ClassifierInput input, Action scored, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scored);
        var others = _classifier.OtherReadings(input, out var unknown);
        if (unknown is not null)
        {
            return new ReadText(input, unknown, []);
        }

        var readings = ImmutableArray.CreateBuilder<ReadingScores>();
        foreach (var view in others.Insert(0, new TextView(ReadingScores.Raw, input.Text.ToString(), OffsetMap.Identity(input.Text.Length))))
        {
            var began = _time.GetTimestamp();
            var reading = input with { Text = view.Text.AsMemory() };
            var scores = await _classifier.OneReading.ClassifyAsync(reading, cancellationToken).ConfigureAwait(false);
            var took = _time.GetElapsedTime(began);
            began = _time.GetTimestamp();
            if (view.Name != ViewClassifier.RestName)
            {
                scores = await _classifier.OneReading.ScorePassagesAsync(reading, scores, cancellationToken).ConfigureAwait(false);
            }

            readings.Add(new ReadingScores(view.Name, view.Text, scores, took) { Offsets = view.Offsets });
            scored();
            foreach (var (range, ofPassage) in scores.Passages)
            {
                var (start, length) = range.GetOffsetAndLength(view.Text.Length);
                readings.Add(new ReadingScores(ViewClassifier.PassageName, view.Text[range], ofPassage, _time.GetElapsedTime(began) / scores.Passages.Length)
                {
                    Offsets = OffsetMap.Part(start, length).Over(view.Offsets),
                });
                scored();
            }
        }

        var strictest = readings.Select(static reading => reading.Scores).Aggregate(Scores.Strictest);
        return new ReadText(input, strictest with { Views = ViewClassifier.ViewsIn(others) }, readings.ToImmutable());
    }

    /// <summary>Finds the window that is surest of a head, and what the text scores without each of its passages.</summary>
    /// <param name="read">A text that has a verdict.</param>
    /// <param name="head">Index of the head in <see cref="ClassifierProfile.Heads"/>.</param>
    /// <param name="bounds">How much work it may be.</param>
    /// <param name="scored">Called after each text that was scored, from any thread, one at a time.</param>
    /// <param name="cancellationToken">Ends it by an exception.</param>
    /// <exception cref="ArgumentException">The text has no verdict.</exception>
    public Task<TextEvidence> WeighAsync(
        ReadText read, int head, EvidenceBounds bounds, Action scored, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(bounds);
        ArgumentNullException.ThrowIfNull(scored);
        var reading = read.Deciding(head) ?? throw new ArgumentException("A text without a verdict has no evidence.", nameof(read));
        return new Weighing(_classifier.OneReading, read.Input, reading, head, bounds, scored, _time).RunAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _classifier.DisposeAsync();

    /// <summary>The logit of a head, from -16 to 16; null without a verdict.</summary>
    public static double? LogitOf(Scores scores, int head)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return scores.IsUnknown
            ? null
            : Math.Clamp(Math.Log(scores.Probabilities[head]) - Math.Log(1 - (double)scores.Probabilities[head]), -SteepestLogit, SteepestLogit);
    }
}
