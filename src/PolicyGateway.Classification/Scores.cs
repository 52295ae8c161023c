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

    /// <summary>A result without probabilities.</summary>
    public static Scores Unknown(UnknownReason reason, string stage, string model) =>
        new([], stage, model, 0, reason);
}
