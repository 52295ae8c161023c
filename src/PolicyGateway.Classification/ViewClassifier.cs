using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PolicyGateway.Classification.Views;

namespace PolicyGateway.Classification;

/// <summary>
/// Scores a text, every other reading of it, and the passages in each that stand out; the highest score of each head counts. A
/// text that nobody can read, as it stands or in any view, is unknown: a cipher is no evidence of harmlessness. What came lately
/// is not scored again: a conversation is sent anew with each of its turns.
/// </summary>
internal sealed class ViewClassifier(IWindowedClassifier classifier, ClassifierOptions options, TimeProvider time) : IClassifier
{
    /// <summary>What <see cref="Scores.Stage"/> says of a text that cannot be read.</summary>
    public const string StageName = "readability";

    /// <summary>The name of the part between <see cref="Pleasantries"/>, which is a reading and no view.</summary>
    public const string RestName = "without-pleasantries";

    /// <summary>The name of a passage that stands out, which is a reading and no view.</summary>
    public const string PassageName = "suspect-passage";

    private readonly ScoreCache _cache = new(options.CachedScores);

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
        var key = _cache.KeyOf(input);
        return _cache.TryGet(key) is { } known ? new(known) : ScoreAsync(input, key, cancellationToken);
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

    /// <summary>How many of the other readings are views.</summary>
    public static int ViewsIn(ImmutableArray<TextView> others) => others.Count(static other => other.Name != RestName);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => classifier.DisposeAsync();

    private async ValueTask<Scores> ScoreAsync(ClassifierInput input, ScoreCache.Key key, CancellationToken cancellationToken)
    {
        // One for all readings: a text that has many would else take as many times as long.
        input = input with { Deadline = input.Deadline is { } all && all.Remaining < options.Deadline ? all : new Deadline(time, options.Deadline) };
        var others = OtherReadings(input, out var unknown);
        if (unknown is not null)
        {
            return unknown;
        }

        var scores = await ScoreReadingAsync(input, hasPassages: true, cancellationToken).ConfigureAwait(false);
        foreach (var other in others)
        {
            if (scores.IsUnknown)
            {
                break;
            }

            var reading = input with { Text = other.Text.AsMemory() };
            scores = Scores.Strictest(scores, await ScoreReadingAsync(reading, other.Name != RestName, cancellationToken).ConfigureAwait(false));
        }

        scores = scores with { Views = ViewsIn(others) };
        _cache.Add(key, scores with { QueueWait = default });
        return scores;
    }

    private async ValueTask<Scores> ScoreReadingAsync(ClassifierInput input, bool hasPassages, CancellationToken cancellationToken)
    {
        var whole = await classifier.ClassifyAsync(input, cancellationToken).ConfigureAwait(false);
        return hasPassages ? (await classifier.ScorePassagesAsync(input, whole, cancellationToken).ConfigureAwait(false)).WithPassages() : whole;
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
