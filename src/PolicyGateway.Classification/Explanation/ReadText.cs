using System.Collections.Immutable;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Explanation;

/// <summary>What was said of a text, reading by reading.</summary>
/// <param name="Input">The text.</param>
/// <param name="Scores">What the classifier says of it: of each head the highest score of all readings.</param>
/// <param name="Readings">
/// The text as it stands, and every other reading of it, each with its own scores; empty where the text was not scored at all.
/// </param>
public sealed record ReadText(ClassifierInput Input, Scores Scores, ImmutableArray<ReadingScores> Readings)
{
    /// <summary>The reading whose score of a head counts, the first of equals; null where there is no verdict.</summary>
    public ReadingScores? Deciding(int head) =>
        Scores.IsUnknown ? null : Readings.MaxBy(reading => reading.Scores.Probabilities[head]);
}

/// <summary>One reading of a text.</summary>
/// <param name="Name">Which, for example <c>raw</c> or <c>decoded</c>.</param>
/// <param name="Text">The text as read.</param>
/// <param name="Scores">What all stages say of it.</param>
/// <param name="Took">How long they took.</param>
public sealed record ReadingScores(string Name, string Text, Scores Scores, TimeSpan Took)
{
    /// <summary>The name of the text as it stands.</summary>
    public const string Raw = "raw";

    internal OffsetMap Offsets { get; init; } = OffsetMap.Identity(Text.Length);

    /// <summary>The stretch of the raw text that a range of the reading was made from.</summary>
    public RawRange ToRaw(Range range)
    {
        var (start, length) = range.GetOffsetAndLength(Text.Length);
        return Offsets.ToRaw(start, length);
    }
}
