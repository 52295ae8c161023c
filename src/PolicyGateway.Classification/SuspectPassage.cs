using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification;

/// <summary>
/// Finds the passage of a prompt that stands in harmless text and would be judged otherwise without it. The first stage scores
/// each sentence, and those that together stand out most are the passage; it counts where the first stage is surer of it than
/// of the whole. Of a completion there is none: what a refusal or a report names is taken for the thing once it stands alone.
/// </summary>
internal sealed class SuspectPassage(NgramClassifier first)
{
    // So many characters of harmless text move a score that counts; less is the passage's own frame.
    private const int LeastAround = 80;

    // What is shorter says nothing by itself.
    private const int Shortest = 12;

    // A text that the first stage has cleared is searched only where it is long enough to drown something.
    private const int Drowning = 1500;

    // Bounds the calls; a longer text has longer sentences.
    private const int MostSentences = 64;
    private const int LongestSentence = 120;

    // One digit in so many characters makes a log or a dump.
    private const int DigitShare = 12;

    // In log-odds: by how much a passage must exceed the whole.
    private const double LeastRise = 0.3;

    /// <summary>The passage; null where there is none.</summary>
    /// <param name="input">The text, on its side of the exchange.</param>
    /// <param name="isCleared">Whether the first stage has cleared the whole.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    public async ValueTask<Range?> FindAsync(ClassifierInput input, bool isCleared, CancellationToken cancellationToken)
    {
        if (input.Kind != TextKind.Prompt || input.Text.Length < (isCleared ? Drowning : LeastAround + Shortest) || IsData(input.Text.Span))
        {
            return null;
        }

        var sentences = Passages.Of(input.Text.Span, MostSentences, LongestSentence);
        if (sentences.Count < 2)
        {
            return null;
        }

        var logits = new double[sentences.Count];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = await LogitAsync(input with { Text = input.Text[sentences[i]] }, cancellationToken).ConfigureAwait(false);
        }

        var (from, to) = MostOutstanding(logits);
        var passage = Trimmed(input.Text.Span, sentences[from].Start.Value, sentences[to].End.Value);
        var (_, length) = passage.GetOffsetAndLength(input.Text.Length);
        return length >= Shortest && input.Text.Span.Trim().Length - length >= LeastAround
            && await LogitAsync(input with { Text = input.Text[passage] }, cancellationToken).ConfigureAwait(false)
                >= await LogitAsync(input, cancellationToken).ConfigureAwait(false) + LeastRise
            ? passage
            : null;
    }

    /// <summary>The run with the highest sum of what each is above the middle between the mean and the maximum.</summary>
    private static (int From, int To) MostOutstanding(double[] logits)
    {
        var middle = (logits.Max() + logits.Average()) / 2;
        var (best, from, to) = (double.NegativeInfinity, 0, 0);
        var (sum, start) = (0.0, 0);
        for (var i = 0; i < logits.Length; i++)
        {
            (sum, start) = sum > 0 ? (sum, start) : (0, i);
            sum += logits[i] - middle;
            if (sum > best)
            {
                (best, from, to) = (sum, start, i);
            }
        }

        return (from, to);
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

    private static Range Trimmed(ReadOnlySpan<char> text, int start, int end)
    {
        var rest = text[start..end].TrimEnd();
        return (start + rest.Length - rest.TrimStart().Length)..(start + rest.Length);
    }

    /// <summary>What the first stage says; nothing is outstanding in what it cannot score.</summary>
    private async ValueTask<double> LogitAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        const double Least = 1e-5;
        var scores = await first.ClassifyAsync(input, cancellationToken).ConfigureAwait(false);
        var probability = scores.IsUnknown ? Least : Math.Clamp(scores.Probabilities[LabelMap.FlaggedIndex], Least, 1 - Least);
        return Math.Log(probability / (1 - probability));
    }
}
