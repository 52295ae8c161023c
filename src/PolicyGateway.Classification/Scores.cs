using System.Collections.Immutable;

namespace PolicyGateway.Classification;

/// <summary>What a classifier says of one text: a calibrated probability per head, or the reason why it could not say.</summary>
/// <param name="Probabilities">One value in [0, 1] per entry of <see cref="ClassifierProfile.Heads"/>, in that order; empty when unknown.</param>
/// <param name="Stage">The cascade's stage that decided, for example <c>ngram</c>.</param>
/// <param name="Model">The bundle's name and version, for example <c>ngram-1@3f2a9c01</c>.</param>
/// <param name="Windows">How many windows the text was cut into; 1 for a text that fits one.</param>
/// <param name="UnknownReason">Why there are no probabilities; <see cref="UnknownReason.None"/> when there are.</param>
public sealed record Scores(
    ImmutableArray<float> Probabilities,
    string Stage,
    string Model,
    int Windows,
    UnknownReason UnknownReason = UnknownReason.None)
{
    /// <summary>Whether the classifier could not say: the strictest row of every policy.</summary>
    public bool IsUnknown => UnknownReason != UnknownReason.None;

    /// <summary>How long the text waited for its turn, as part of the time to this answer; zero where nothing was in its way.</summary>
    public TimeSpan QueueWait { get; init; }

    /// <summary>How many other readings of the text were scored beside it; the highest score of each head counts.</summary>
    public int Views { get; init; }

    /// <summary>The passages of the text that count beside the whole; none where nothing stands out, or nobody has looked.</summary>
    internal ImmutableArray<PassageScores> Passages { get; init; } = [];

    /// <summary>The higher probability of each head; no verdict of one is no verdict of both.</summary>
    public static Scores Strictest(Scores first, Scores second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (waited, views) = (first.QueueWait + second.QueueWait, first.Views + second.Views);
        if (first.IsUnknown || second.IsUnknown)
        {
            return (first.IsUnknown ? first : second) with { QueueWait = waited, Views = views };
        }

        return first with
        {
            Probabilities = [.. first.Probabilities.Zip(second.Probabilities, Math.Max)],

            // The stage that one of the two came to: the first clears most, and says nothing of the other.
            Stage = first.Stage == Ngram.NgramClassifier.StageName ? second.Stage : first.Stage,
            Windows = first.Windows + second.Windows,
            QueueWait = waited,
            Views = views,
        };
    }

    /// <summary>The same, of the whole and each of its passages.</summary>
    internal Scores WithPassages() =>
        Passages.Aggregate(this, static (strictest, passage) => Strictest(strictest, passage.Scores)) with { Passages = [] };

    /// <summary>A result without probabilities.</summary>
    public static Scores Unknown(UnknownReason reason, string stage, string model) =>
        new([], stage, model, 0, reason);
}

/// <summary>A passage of a text that stands out, and what it scores by itself.</summary>
/// <param name="Range">Where it is.</param>
/// <param name="Scores">Its own scores.</param>
internal sealed record PassageScores(Range Range, Scores Scores);
