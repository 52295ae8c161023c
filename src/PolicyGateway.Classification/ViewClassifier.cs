using System.Runtime.InteropServices;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification;

/// <summary>
/// Scores a text and every other reading of it; the highest score of each head counts. A text that nobody can read, as it
/// stands or in any view, is unknown: a cipher is no evidence of harmlessness.
/// </summary>
internal sealed class ViewClassifier(IClassifier classifier, ClassifierOptions options) : IClassifier
{
    /// <summary>What <see cref="Scores.Stage"/> says of a text that cannot be read.</summary>
    public const string StageName = "readability";

    /// <inheritdoc/>
    public ClassifierProfile Profile => classifier.Profile;

    /// <inheritdoc/>
    public bool IsReady => classifier.IsReady;

    /// <inheritdoc/>
    public Task WarmUpAsync(CancellationToken cancellationToken) => classifier.WarmUpAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        if (input.Text.Length > options.MaxCharacters)
        {
            return new(Scores.Unknown(UnknownReason.TooLong, StageName, Profile.Model));
        }

        var views = TextViews.Of(StringOf(input.Text), ViewLimits.Default);
        if (Readability.Of(input.Text.Span) != Reading.Readable && views.All(static view => Readability.Of(view.Text) != Reading.Readable))
        {
            return new(Scores.Unknown(UnknownReason.Unreadable, StageName, Profile.Model) with { Views = views.Length });
        }

        var rest = Pleasantries.Without(input.Text);
        return views.IsEmpty && rest.Length == input.Text.Length
            ? classifier.ClassifyAsync(input, cancellationToken)
            : ScoreAsync(input, rest, views, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => classifier.DisposeAsync();

    private async ValueTask<Scores> ScoreAsync(
        ClassifierInput input, ReadOnlyMemory<char> rest, IReadOnlyList<TextView> views, CancellationToken cancellationToken)
    {
        var scores = await classifier.ClassifyAsync(input, cancellationToken).ConfigureAwait(false);
        if (rest.Length < input.Text.Length)
        {
            scores = Scores.Strictest(scores, await classifier.ClassifyAsync(input with { Text = rest }, cancellationToken).ConfigureAwait(false));
        }

        foreach (var view in views)
        {
            scores = Scores.Strictest(scores, await classifier.ClassifyAsync(input with { Text = view.Text.AsMemory() }, cancellationToken).ConfigureAwait(false));
        }

        return scores with { Views = views.Count };
    }

    private static string StringOf(ReadOnlyMemory<char> text) =>
        MemoryMarshal.TryGetString(text, out var whole, out var start, out var length) && start == 0 && length == whole.Length ? whole : text.ToString();
}
