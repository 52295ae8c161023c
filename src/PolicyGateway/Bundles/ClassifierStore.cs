using System.Collections.Immutable;
using PolicyGateway.Classification;

namespace PolicyGateway.Bundles;

/// <summary>
/// The classifiers that judge: the one in force, and those before it until the last request that began with them is over.
/// Which one is in force is what the policy in force was compiled against, so that thresholds and scores never come from
/// two bundles.
/// </summary>
internal sealed class ClassifierStore(IClassifier first) : IAsyncDisposable
{
    private readonly Lock _changing = new();
    private ImmutableArray<SharedClassifier> _live = [new(first)];

    /// <summary>The newest one: in force, or about to be.</summary>
    public IClassifier Current => _live[^1].Classifier;

    /// <summary>How many earlier ones are still in memory, because requests work with them.</summary>
    public int Old => _live.Length - 1;

    /// <summary>Takes the classifier of a policy into use; null where it was replaced and is gone, so that there is another policy by now.</summary>
    public ClassifierLease? TryEnter(ClassifierProfile profile)
    {
        var live = _live;
        for (var i = live.Length - 1; i >= 0; i--)
        {
            if (ReferenceEquals(live[i].Classifier.Profile, profile))
            {
                return live[i].TryEnter();
            }
        }

        return null;
    }

    /// <summary>Puts another classifier in the place of the one in force, whose last request takes it along.</summary>
    /// <param name="next">Loaded, and warm.</param>
    /// <param name="publish">Makes new requests ask for it; false where they will not.</param>
    /// <returns>What <paramref name="publish"/> said; where that is false, all is as before, and the caller still owns what he brought.</returns>
    public bool TryReplace(IClassifier next, Func<bool> publish)
    {
        lock (_changing)
        {
            // Known before anybody can ask for it, and the one before known until nobody does.
            var (before, shared) = (_live, new SharedClassifier(next));
            _live = before.Add(shared);
            if (!publish())
            {
                _live = before;
                return false;
            }

            Retire(before[^1]);
            return true;
        }
    }

    /// <summary>The host has stopped: what still asks is answered "unknown".</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var shared in _live)
        {
            await shared.Classifier.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Retire(SharedClassifier shared)
    {
        shared.Leave();
        _ = shared.Gone.ContinueWith(
            _ =>
            {
                lock (_changing)
                {
                    _live = _live.Remove(shared);
                }
            },
            TaskScheduler.Default);
    }
}
