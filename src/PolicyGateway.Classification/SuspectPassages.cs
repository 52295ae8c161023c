using System.Collections.Immutable;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification;

/// <summary>
/// Finds the passages of a prompt that stand in harmless text and would be judged otherwise without it. The first stage scores
/// each sentence, and those that together stand out most are the passage; it counts where the first stage is surer of it than
/// of the whole. The ends of a long text count in any case. Of a completion there is none: what a refusal or a report names is
/// taken for the thing once it stands alone.
/// </summary>
internal sealed class SuspectPassages(NgramClassifier first)
{
    // So many characters of harmless text move a score that counts; less is the passage's own frame.
    private const int LeastAround = 80;

    // What is shorter says nothing by itself.
    private const int Shortest = 12;

    // From here on a text is long enough to drown something: it is searched even where the first stage has cleared it, and for
    // the runner-up, too; and its ends are judged by themselves, since what is asked stands in front of its material or behind.
    private const int Drowning = 1500;
    private const int MostInLongText = 2;
    private const int LongestLine = 1000;
    private const int FewSentences = 240;

    // Bounds the calls; a longer text has longer sentences.
    private const int MostSentences = 64;
    private const int LongestSentence = 120;

    // One digit in so many characters makes a log or a dump.
    private const int DigitShare = 12;

    // In log-odds: by how much a passage must exceed the whole.
    private const double LeastRise = 0.3;

    /// <summary>The passages, the most outstanding first; none where nothing stands apart, or the reason why nobody can say.</summary>
    /// <param name="input">The text, on its side of the exchange.</param>
    /// <param name="isCleared">Whether the first stage has cleared the whole.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    public async ValueTask<(ImmutableArray<Range> Found, UnknownReason Reason)> FindAsync(
        ClassifierInput input, bool isCleared, CancellationToken cancellationToken)
    {
        if (input.Kind != TextKind.Prompt || input.Text.Length < (isCleared ? Drowning : LeastAround + Shortest) || IsData(input.Text.Span))
        {
            return ([], UnknownReason.None);
        }

        var sentences = Passages.Of(input.Text.Span, MostSentences, LongestSentence);
        if (sentences.Count < 2)
        {
            return ([], UnknownReason.None);
        }

        var (logits, reason) = await LogitsAsync(input, sentences, cancellationToken).ConfigureAwait(false);
        if (reason != UnknownReason.None)
        {
            return ([], reason);
        }

        var candidates = Candidates(input.Text.Span, sentences, logits);
        (logits, reason) = await LogitsAsync(input, [.. candidates, Range.All], cancellationToken).ConfigureAwait(false);
        var outstanding = candidates.Where((_, i) => logits[i] >= logits[^1] + LeastRise);
        return reason == UnknownReason.None ? ([.. outstanding.Union(EndsOf(input.Text.Span, sentences))], reason) : ([], reason);
    }

    /// <summary>The runs of sentences that stand out most, apart from each other, each with enough around it.</summary>
    private static List<Range> Candidates(ReadOnlySpan<char> text, IReadOnlyList<Range> sentences, double[] logits)
    {
        var candidates = new List<Range>();
        var middle = (logits.Max() + logits.Average()) / 2;
        for (var most = text.Length < Drowning ? 1 : MostInLongText; most > 0 && MostOutstanding(logits, middle) is var (from, to); most--)
        {
            var passage = Trimmed(text, sentences[from].Start.Value..sentences[to].End.Value);
            var (_, length) = passage.GetOffsetAndLength(text.Length);
            if (length >= Shortest && text.Trim().Length - length >= LeastAround)
            {
                candidates.Add(passage);
            }

            logits.AsSpan(from..(to + 1)).Fill(double.NegativeInfinity);
        }

        return candidates;
    }

    /// <summary>The first and the last line of a long text, or a few sentences where those are longer than what anybody asks.</summary>
    private static Range[] EndsOf(ReadOnlySpan<char> text, IReadOnlyList<Range> sentences)
    {
        if (text.Length < Drowning)
        {
            return [];
        }

        var whole = Trimmed(text, Range.All);
        var (start, end) = (whole.Start.Value, whole.End.Value);
        var (head, tail) = (Math.Min(start + LongestLine, end), Math.Max(start, end - LongestLine));
        var first = text[start..head].IndexOf('\n') is > 0 and var line
            ? start + line
            : sentences.Last(one => one.Start.Value <= start || one.End.Value <= start + FewSentences).End.Value;
        var last = text[tail..end].LastIndexOf('\n') is >= 0 and var lineEnd
            ? tail + lineEnd + 1
            : sentences.First(one => one.End.Value >= end || one.Start.Value >= end - FewSentences).Start.Value;
        return [Trimmed(text, start..first), Trimmed(text, last..end)];
    }

    /// <summary>The run with the highest sum of what each is above the middle; null where each has been taken.</summary>
    private static (int From, int To)? MostOutstanding(double[] logits, double middle)
    {
        (int, int)? run = null;
        var (best, sum, start) = (double.NegativeInfinity, 0.0, 0);
        for (var i = 0; i < logits.Length; i++)
        {
            (sum, start) = sum > 0 ? (sum, start) : (0, i);
            sum += logits[i] - middle;
            if (sum > best)
            {
                (best, run) = (sum, (start, i));
            }
        }

        return run;
    }

    /// <summary>Whether it is no prose but code, a log or a dump, whose lines stand apart whatever they say.</summary>
    private static bool IsData(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var character in text)
        {
            digits += char.IsAsciiDigit(character) ? 1 : 0;
        }

        return digits * DigitShare > text.Length || CodeSigns.AreIn(text);
    }

    private static Range Trimmed(ReadOnlySpan<char> text, Range range)
    {
        var (start, length) = range.GetOffsetAndLength(text.Length);
        var part = text.Slice(start, length);
        start += length - part.TrimStart().Length;
        return start..(start + part.Trim().Length);
    }

    /// <summary>What the first stage says of each part; a part that it cannot score leaves the rest unsaid, too.</summary>
    private async ValueTask<(double[] Logits, UnknownReason Reason)> LogitsAsync(
        ClassifierInput input, IReadOnlyList<Range> parts, CancellationToken cancellationToken)
    {
        const double Least = 1e-5;
        var logits = new double[parts.Count];
        for (var i = 0; i < logits.Length; i++)
        {
            var scores = await first.ClassifyAsync(input with { Text = input.Text[parts[i]] }, cancellationToken).ConfigureAwait(false);
            if (scores.IsUnknown)
            {
                return (logits, scores.UnknownReason);
            }

            var probability = Math.Clamp((double)scores.Probabilities[LabelMap.FlaggedIndex], Least, 1 - Least);
            logits[i] = Math.Log(probability / (1 - probability));
        }

        return (logits, UnknownReason.None);
    }
}
