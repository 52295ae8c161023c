namespace PolicyGateway.Classification;

/// <summary>What every caller of a classifier needs.</summary>
public static class ClassifierExtensions
{
    /// <summary>Scores texts one by one, until one is unknown; the strictest score of each head counts.</summary>
    /// <param name="classifier">Who scores.</param>
    /// <param name="input">All but the text.</param>
    /// <param name="texts">The texts. Nothing to scan is not nothing to decide: where there are none, an empty one is scored.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    public static async ValueTask<Scores> ClassifyAsync(
        this IClassifier classifier, ClassifierInput input, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(texts);
        var scores = await classifier.ClassifyAsync(input with { Text = texts.Count == 0 ? default : texts[0].AsMemory() }, cancellationToken).ConfigureAwait(false);
        for (var i = 1; i < texts.Count && !scores.IsUnknown; i++)
        {
            scores = Scores.Strictest(scores, await classifier.ClassifyAsync(input with { Text = texts[i].AsMemory() }, cancellationToken).ConfigureAwait(false));
        }

        return scores;
    }
}
