using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PolicyGateway.Classification.Encoder;
using PolicyGateway.Classification.Ngram;

namespace PolicyGateway.Classification;

/// <summary>
/// Two stages: the first may only clear a text, and what it does not clear the second decides, with the first one's score as
/// part of its evidence. A text that either cannot score is unknown.
/// </summary>
internal sealed class CascadeClassifier : IWindowedClassifier
{
    // What is cleared scores in the order in which the first stage has it, far below any threshold.
    private const float ClearedScale = 0.01f;

    private readonly NgramClassifier _first;
    private readonly SuspectPassages _passages;
    private readonly EncoderStage _second;
    private readonly PieceTable _pieces;
    private readonly EncoderSpec _spec;
    private readonly ClearingRule _clearing;
    private readonly ImmutableArray<BlendLine> _prompt;
    private readonly ImmutableArray<BlendLine> _completion;
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _time;

    /// <param name="first">The first stage, which this owns from now on.</param>
    /// <param name="bundle">The second stage.</param>
    /// <param name="options">Lanes, limits and deadline.</param>
    /// <param name="time">The clock.</param>
    /// <param name="clearing">Clears by another rule than the bundle's.</param>
    /// <exception cref="BundleException">The second stage does not load, or was calibrated behind another first stage.</exception>
    public CascadeClassifier(NgramClassifier first, EncoderBundle bundle, ClassifierOptions options, TimeProvider time, ClearingRule? clearing = null)
    {
        if (bundle.Manifest.FirstStage != first.Profile.Model)
        {
            throw new BundleException(
                $"Classifier:EncoderBundle was calibrated behind {bundle.Manifest.FirstStage}, but Classifier:Bundle is {first.Profile.Model}: take bundles that belong together.");
        }

        (_first, _passages, _time, _deadline) = (first, new SuspectPassages(first), time, options.Deadline);
        (_clearing, _prompt, _completion) = (clearing ?? bundle.Manifest.Clearing, bundle.Prompt, bundle.Completion);
        (_pieces, _spec) = (bundle.Pieces, bundle.Manifest.Encoder);
        _second = new EncoderStage(bundle, options.EncoderLanes, options.QueueLimit, time);
        Profile = bundle.Profile with { Model = $"{bundle.Profile.Model}+{first.Profile.Model}" };
    }

    /// <inheritdoc/>
    public ClassifierProfile Profile { get; }

    /// <inheritdoc/>
    public bool IsReady => _first.IsReady;

    /// <inheritdoc/>
    public Task WarmUpAsync(CancellationToken cancellationToken) => _first.WarmUpAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        var deadline = input.Deadline ?? new Deadline(_time, _deadline);
        var first = await _first.ClassifyAsync(input with { Deadline = deadline }, cancellationToken).ConfigureAwait(false);
        if (first.IsUnknown)
        {
            return first with { Model = Profile.Model };
        }

        if (IsCleared(first, input))
        {
            return first with { Model = Profile.Model, Probabilities = [.. first.Probabilities.Select(static probability => probability * ClearedScale)] };
        }

        var second = await _second.ScoreAsync(input, deadline, cancellationToken).ConfigureAwait(false);
        var waited = first.QueueWait + second.QueueWait;
        if (second.Reason != UnknownReason.None)
        {
            return Scores.Unknown(second.Reason, EncoderStage.StageName, Profile.Model) with { QueueWait = waited };
        }

        var probabilities = second.Logits;
        StageBlend.Apply(input.Kind == TextKind.Prompt ? _prompt : _completion, first.Probabilities.AsSpan(), probabilities);
        return new Scores(ImmutableCollectionsMarshal.AsImmutableArray(probabilities), EncoderStage.StageName, Profile.Model, second.Windows) { QueueWait = waited };
    }

    /// <inheritdoc/>
    public IReadOnlyList<Range> WindowsOf(ClassifierInput input, string stage)
    {
        if (stage == NgramClassifier.StageName)
        {
            return NgramClassifier.WindowsOf(input.Text.Span);
        }

        var ranges = new List<Range>();
        var windows = new TokenWindows(_spec, new PieceTokenizer(_pieces));
        var tokens = new long[_spec.MaxTokens];
        foreach (var part in EncoderStage.Parts(input.Text.Span))
        {
            var start = part.Start.Value;
            windows.Start(input.Kind, input.Text.Span[part], input.Prompt.Span, int.MaxValue);
            while (windows.Next(tokens) > 0)
            {
                ranges.Add((start + windows.Characters.Start.Value)..(start + windows.Characters.End.Value));
            }
        }

        return ranges;
    }

    /// <inheritdoc/>
    public async ValueTask<Scores> ScorePassagesAsync(ClassifierInput input, Scores whole, CancellationToken cancellationToken)
    {
        if (whole.IsUnknown)
        {
            return whole;
        }

        input = input with { Deadline = input.Deadline ?? new Deadline(_time, _deadline) };
        var (found, reason) = await _passages.FindAsync(input, whole.Stage == NgramClassifier.StageName, cancellationToken).ConfigureAwait(false);
        if (reason != UnknownReason.None)
        {
            return Scores.Unknown(reason, NgramClassifier.StageName, Profile.Model);
        }

        var passages = ImmutableArray.CreateBuilder<PassageScores>(found.Length);
        foreach (var range in found)
        {
            var scores = await ClassifyAsync(input with { Text = input.Text[range] }, cancellationToken).ConfigureAwait(false);
            if (scores.IsUnknown || IsInDoubt(scores))
            {
                passages.Add(new PassageScores(range, scores));
            }
        }

        return whole with { Passages = passages.ToImmutable() };
    }

    /// <summary>Without what stands around it, a passage is evidence of what it says and of nothing less.</summary>
    private bool IsInDoubt(Scores scores) => scores.Probabilities.Zip(Profile.Thresholds).Any(static pair => pair.First >= pair.Second.Uncertain);

    /// <summary>A text in which the first stage finds no words at all says nothing to it, which clears only what is blank.</summary>
    private bool IsCleared(Scores first, in ClassifierInput input) =>
        first.Probabilities[LabelMap.FlaggedIndex] is var flagged
        && flagged < _clearing.For(input.Kind) && (flagged > 0 || input.Text.Span.IsWhiteSpace());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync().ConfigureAwait(false);
        await _first.DisposeAsync().ConfigureAwait(false);
    }
}
