using System.Collections.Immutable;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification.Explanation;

/// <summary>How much work an explanation may be.</summary>
/// <param name="Passages">How many passages are left out at most, one after the other. From 1.</param>
/// <param name="Time">How long it may take; what is not done by then is left out.</param>
/// <param name="AtOnce">How many texts are scored at once. From 1.</param>
public sealed record EvidenceBounds(int Passages, TimeSpan Time, int AtOnce);

/// <summary>Where in a reading a head found what it found.</summary>
/// <param name="Windows">Windows of the reading that were scored by themselves, the surest first.</param>
/// <param name="WindowsInAll">How many windows it has.</param>
/// <param name="Excerpt">
/// What the passages are passages of: the reading, or of a long one the surroundings of its surest window. Null where the time
/// was over before.
/// </param>
/// <param name="Passages">The passages that were left out, the one first without which the head's logit falls most.</param>
/// <param name="PassagesInAll">How many passages the excerpt has.</param>
/// <param name="Prompt">The excerpt without the prompt that it answers; null where there is none, or the time was over before.</param>
/// <param name="IsComplete">Whether the time sufficed for everything.</param>
public sealed record TextEvidence(
    ImmutableArray<PassageScores> Windows,
    int WindowsInAll,
    PassageScores? Excerpt,
    ImmutableArray<LeftOut> Passages,
    int PassagesInAll,
    LeftOut? Prompt,
    bool IsComplete);

/// <summary>A stretch of a reading, and what is said of it alone.</summary>
/// <param name="Raw">Where it stands in the raw text. Several have one place, where only the whole has one, as in what was decoded.</param>
/// <param name="Text">The stretch as read.</param>
/// <param name="Scores">What all stages say of it.</param>
public sealed record PassageScores(RawRange Raw, string Text, Scores Scores);

/// <summary>What is said of a text without one passage of it.</summary>
/// <param name="Raw">Where the passage stands in the raw text, as in <see cref="PassageScores"/>.</param>
/// <param name="Text">The passage as read.</param>
/// <param name="Without">What all stages say of what is left.</param>
/// <param name="Fall">
/// By how much the head's logit falls without it: log-odds, from -32 to 32, below zero where it rises; null where there is no
/// verdict on what is left.
/// </param>
public sealed record LeftOut(RawRange Raw, string Text, Scores Without, double? Fall);
