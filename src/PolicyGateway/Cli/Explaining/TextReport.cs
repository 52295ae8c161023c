using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Explanation;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli.Explaining;

/// <summary>
/// What <c>explain --text</c> says of a text. Its JSON has places in the text and no word of it, so that it can be kept.
/// </summary>
/// <param name="Model">The bundles.</param>
/// <param name="Kind">Prompt or completion.</param>
/// <param name="Characters">Length of the text in UTF-16 characters, as far as it was read: one that is too long is not read to its end.</param>
/// <param name="Unknown">Why there is no verdict, as a sentence; else null.</param>
/// <param name="Stage">The stage that decided.</param>
/// <param name="Head">The head that decided; null without a verdict.</param>
/// <param name="View">The reading that decided.</param>
/// <param name="Heads">Every head against its band.</param>
/// <param name="Views">Every reading.</param>
/// <param name="Windows">Windows of the reading that decided, the surest first.</param>
/// <param name="WindowsInAll">How many it has.</param>
/// <param name="Excerpt">What the passages are passages of.</param>
/// <param name="Passages">What the text scores without each passage, the weightiest first.</param>
/// <param name="PassagesInAll">How many passages the excerpt has.</param>
/// <param name="Prompt">What a completion scores without its prompt.</param>
/// <param name="Complete">Whether the time sufficed for everything.</param>
/// <param name="Notes">What an operator should know besides.</param>
internal sealed record TextReport(
    string Model,
    string Kind,
    int Characters,
    string? Unknown,
    string Stage,
    string? Head,
    string? View,
    ImmutableArray<HeadLine> Heads,
    ImmutableArray<ViewLine> Views,
    ImmutableArray<StretchLine> Windows,
    int WindowsInAll,
    StretchLine? Excerpt,
    ImmutableArray<PassageLine> Passages,
    int PassagesInAll,
    PassageLine? Prompt,
    bool Complete,
    ImmutableArray<string> Notes)
{
    /// <summary>Windows that are listed.</summary>
    public const int MostWindows = 5;

    /// <param name="policy">The policy whose thresholds count.</param>
    /// <param name="profile">The model's heads.</param>
    /// <param name="read">What was said of the text.</param>
    /// <param name="verdict">What that is under the policy.</param>
    /// <param name="head">The head that decided, and where it found what it found; null without a verdict.</param>
    /// <param name="settings">What was judged by.</param>
    public static TextReport Of(
        PolicySnapshot policy, ClassifierProfile profile, ReadText read, Verdict verdict, (int Head, TextEvidence Evidence)? head, ToolSettings settings)
    {
        var edges = new Edges(profile, policy.Categories);
        var (index, evidence) = (head?.Head ?? -1, head?.Evidence);
        return new TextReport(
            profile.Model,
            read.Input.Kind == TextKind.Prompt ? "prompt" : "completion",
            read.Input.Text.Length,
            verdict.IsUnknown ? WhyUnknown(verdict.UnknownReason, settings) : null,
            verdict.Stage,
            head is null ? null : profile.Heads[index],
            head is null ? null : read.Deciding(index)!.Name,
            verdict.IsUnknown ? [] : [.. profile.Heads.Select((name, i) => HeadLine.Of(name, read.Scores.Probabilities[i], edges[i], read.Deciding(i)!.Name))],
            [.. read.Readings.Select(reading => ViewLine.Of(reading, index))],
            [.. (evidence?.Windows ?? []).Take(MostWindows).Select(window => StretchLine.Of(window, index))],
            evidence?.WindowsInAll ?? 0,
            evidence?.Excerpt is { } excerpt ? StretchLine.Of(excerpt, index) : null,
            [.. (evidence?.Passages ?? []).Select(passage => PassageLine.Of(passage, index))],
            evidence?.PassagesInAll ?? 0,
            evidence?.Prompt is { } prompt ? PassageLine.Of(prompt, index) : null,
            evidence?.IsComplete ?? true,
            [.. NotesOn(read, settings)]);
    }

    private static IEnumerable<string> NotesOn(ReadText read, ToolSettings settings)
    {
        foreach (var reading in read.Readings.Where(reading => reading.Took > settings.GatewayDeadline))
        {
            yield return FormattableString.Invariant(
                $"Reading {reading.Name} took {reading.Took.TotalSeconds:F1} s on this machine. The gateway gives a reading {settings.GatewayDeadline.TotalSeconds:F0} s (Classifier:Deadline): there the text may have no verdict.");
        }
    }

    private static string WhyUnknown(UnknownReason reason, ToolSettings settings) => reason switch
    {
        UnknownReason.TooLong => FormattableString.Invariant($"The text is longer than {settings.Classifier.MaxCharacters} characters (Classifier:MaxCharacters)."),
        UnknownReason.Unreadable => "The text is in no language, script or encoding that can be read, as it stands or in any view.",
        UnknownReason.Deadline => FormattableString.Invariant($"The text was not scored within {settings.Classifier.Deadline.TotalSeconds:F0} s."),
        UnknownReason.RuntimeFailure => "The model failed, or gave something that is no probability.",
        UnknownReason.QueueFull => "Every lane was busy and the queue was full (Classifier:QueueLimit).",
        _ => "The model is not ready.",
    };
}

/// <summary>A head against its band.</summary>
/// <param name="Head">Its name.</param>
/// <param name="Probability">What it says, in [0, 1].</param>
/// <param name="Uncertain">From here on it is in doubt.</param>
/// <param name="Flagged">From here on it has found something.</param>
/// <param name="Band">Where it stands.</param>
/// <param name="View">The reading in which it is surest.</param>
internal sealed record HeadLine(string Head, double Probability, double Uncertain, double Flagged, string Band, string View)
{
    public static HeadLine Of(string head, float probability, HeadThreshold edge, string view) => new(
        head,
        Figures.Rounded(probability),
        Figures.Rounded(edge.Uncertain),
        Figures.Rounded(edge.Flagged),
        (probability >= edge.Flagged ? Policy.Band.Flagged : probability >= edge.Uncertain ? Policy.Band.Uncertain : Policy.Band.Clear).Name(),
        view);
}

/// <summary>A reading of the text.</summary>
/// <param name="View">Its name; <c>raw</c> is the text as it stands.</param>
/// <param name="Characters">Its length.</param>
/// <param name="Stage">The stage that decided it.</param>
/// <param name="Windows">How many windows it was cut into.</param>
/// <param name="Probability">What the deciding head says of it; null where it has no verdict, or the text has none.</param>
/// <param name="Unknown">Why it has no verdict; else null.</param>
internal sealed record ViewLine(string View, int Characters, string Stage, int Windows, double? Probability, string? Unknown)
{
    public static ViewLine Of(ReadingScores reading, int head) => new(
        reading.Name,
        reading.Text.Length,
        reading.Scores.Stage,
        reading.Scores.Windows,
        Figures.Of(reading.Scores, head),
        reading.Scores.IsUnknown ? Figures.Name(reading.Scores.UnknownReason) : null);
}

/// <summary>A stretch of the text, and what the deciding head says of it alone.</summary>
/// <param name="Start">Where it begins in the raw text, in UTF-16 characters.</param>
/// <param name="Length">Its length there.</param>
/// <param name="Stage">The stage that decided it.</param>
/// <param name="Probability">What the head says; null without a verdict.</param>
internal sealed record StretchLine(int Start, int Length, string Stage, double? Probability)
{
    public static StretchLine Of(PassageScores stretch, int head) =>
        new(stretch.Raw.Start, stretch.Raw.Length, stretch.Scores.Stage, Figures.Of(stretch.Scores, head));
}

/// <summary>A passage, and what the deciding head says of the rest.</summary>
/// <param name="Start">Where it begins in the raw text, in UTF-16 characters.</param>
/// <param name="Length">Its length there.</param>
/// <param name="Fall">By how much the head's log-odds fall without it; null without a verdict.</param>
/// <param name="Probability">What the head says of the rest; null without a verdict.</param>
/// <param name="Stage">The stage that decided the rest; the first of two where it cleared it.</param>
internal sealed record PassageLine(int Start, int Length, double? Fall, double? Probability, string Stage)
{
    /// <summary>The passage as read; in no JSON.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Text { get; private init; } = "";

    public static PassageLine Of(LeftOut passage, int head) => new(
        passage.Raw.Start,
        passage.Raw.Length,
        passage.Fall is { } fall ? Math.Round(fall, 3) : null,
        Figures.Of(passage.Without, head),
        passage.Without.Stage)
    {
        Text = passage.Text,
    };
}

/// <summary>How figures are printed.</summary>
internal static class Figures
{
    public static double Rounded(float probability) => Math.Round(probability, 5);

    public static double? Of(Scores scores, int head) => scores.IsUnknown || head < 0 ? null : Rounded(scores.Probabilities[head]);

    public static string Name(UnknownReason reason) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
