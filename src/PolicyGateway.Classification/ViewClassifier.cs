using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification;

/// <summary>
/// Scores a text, every other reading of it, and the passage in it that stands out; the highest score of each head counts. A
/// text that nobody can read, as it stands or in any view, is unknown: a cipher is no evidence of harmlessness.
/// </summary>
internal sealed class ViewClassifier(IWindowedClassifier classifier, ClassifierOptions options) : IClassifier
{
    /// <summary>What <see cref="Scores.Stage"/> says of a text that cannot be read.</summary>
    public const string StageName = "readability";

    /// <summary>The name of the part between <see cref="Pleasantries"/>, which is a reading and no view.</summary>
    public const string RestName = "without-pleasantries";

    /// <summary>The name of the passage that stands out, which is a reading and no view.</summary>
    public const string PassageName = "suspect-passage";

    /// <inheritdoc/>
    public ClassifierProfile Profile => classifier.Profile;

    /// <inheritdoc/>
    public bool IsReady => classifier.IsReady;

    /// <summary>Scores one reading, as it stands.</summary>
    public IWindowedClassifier OneReading => classifier;

    /// <inheritdoc/>
    public Task WarmUpAsync(CancellationToken cancellationToken) => classifier.WarmUpAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        var others = OtherReadings(input, out var unknown);
        return unknown is not null ? new(unknown) : ScoreAsync(input, others, cancellationToken);
    }

    /// <summary>The readings that are scored beside the text itself; none of ordinary text.</summary>
    /// <param name="input">The text.</param>
    /// <param name="unknown">What is said of a text that is not scored at all; else null.</param>
    public ImmutableArray<TextView> OtherReadings(in ClassifierInput input, out Scores? unknown)
    {
        unknown = null;
        if (input.Text.Length > options.MaxCharacters)
        {
            unknown = Scores.Unknown(UnknownReason.TooLong, StageName, Profile.Model);
            return [];
        }

        var text = StringOf(input.Text);
        var signals = TextScan.Of(text);
        var views = TextViews.Of(text, signals, ViewLimits.Default);
        if ((signals & Signals.Doubtful) != Signals.None && Readability.Of(text) != Reading.Readable && views.All(static view => Readability.Of(view.Text) != Reading.Readable))
        {
            unknown = Scores.Unknown(UnknownReason.Unreadable, StageName, Profile.Model) with { Views = views.Length };
            return [];
        }

        return RestOf(text) is { } rest ? [rest, .. views] : views;
    }

    /// <summary>The passage that stands out, once the text itself is scored; null where there is none.</summary>
    /// <param name="input">The text.</param>
    /// <param name="whole">What it scored as it stands.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    public async ValueTask<TextView?> PassageOfAsync(ClassifierInput input, Scores whole, CancellationToken cancellationToken)
    {
        if (await classifier.PassageOfAsync(input, whole, cancellationToken).ConfigureAwait(false) is not { } range)
        {
            return null;
        }

        var (start, length) = range.GetOffsetAndLength(input.Text.Length);
        return new TextView(PassageName, input.Text[range].ToString(), OffsetMap.Part(start, length));
    }

    /// <summary>What the scores of all readings come to.</summary>
    public static Scores Strictest(IEnumerable<Scores> scores, IEnumerable<TextView> others) =>
        scores.Aggregate(Scores.Strictest) with { Views = others.Count(static other => other.Name is not (RestName or PassageName)) };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => classifier.DisposeAsync();

    private async ValueTask<Scores> ScoreAsync(ClassifierInput input, ImmutableArray<TextView> others, CancellationToken cancellationToken)
    {
        var whole = await classifier.ClassifyAsync(input, cancellationToken).ConfigureAwait(false);
        others = await PassageOfAsync(input, whole, cancellationToken).ConfigureAwait(false) is { } passage ? others.Add(passage) : others;
        if (others.IsEmpty)
        {
            return whole;
        }

        var scores = new List<Scores> { whole };
        foreach (var other in others)
        {
            scores.Add(await classifier.ClassifyAsync(input with { Text = other.Text.AsMemory() }, cancellationToken).ConfigureAwait(false));
        }

        return Strictest(scores, others);
    }

    private static TextView? RestOf(string text)
    {
        var rest = Pleasantries.Without(text.AsMemory());
        return rest.Length < text.Length && MemoryMarshal.TryGetString(rest, out _, out var start, out var length)
            ? new TextView(RestName, rest.ToString(), OffsetMap.Part(start, length))
            : null;
    }

    private static string StringOf(ReadOnlyMemory<char> text) =>
        MemoryMarshal.TryGetString(text, out var whole, out var start, out var length) && start == 0 && length == whole.Length ? whole : text.ToString();
}
