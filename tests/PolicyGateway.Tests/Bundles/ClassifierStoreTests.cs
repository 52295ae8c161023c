using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Tests.Policy;

namespace PolicyGateway.Tests.Bundles;

/// <summary>Who works with which classifier, and when one that was replaced is freed.</summary>
public sealed class ClassifierStoreTests
{
    [Fact]
    public async Task Whichever_policy_a_request_took_its_classifier_is_there_at_every_moment_of_a_swap()
    {
        var (first, next) = (new Counted(), new Counted());
        await using var store = new ClassifierStore(first);

        Assert.True(store.TryReplace(next, () =>
        {
            using var before = store.TryEnter(first.Profile);
            using var after = store.TryEnter(next.Profile);
            return before?.Classifier == first && after?.Classifier == next;
        }));

        Assert.Same(next, store.Current);
        await SwappingGateway.Eventually(() => store.Old == 0);
        Assert.Null(store.TryEnter(first.Profile));
        Assert.Equal((1, 0), (first.Disposed, next.Disposed));
    }

    [Fact]
    public async Task One_that_was_replaced_lives_until_its_last_use_ends_and_no_use_ends_twice()
    {
        var (first, next) = (new Counted(), new Counted());
        await using var store = new ClassifierStore(first);
        var (one, other) = (store.TryEnter(first.Profile)!, store.TryEnter(first.Profile)!);
        store.TryReplace(next, static () => true);

        one.Dispose();
        one.Dispose();
        await Task.Delay(50);
        Assert.Equal((0, 1), (first.Disposed, store.Old));

        other.Dispose();
        await SwappingGateway.Eventually(() => store.Old == 0);
        Assert.Equal((1, 0), (first.Disposed, next.Disposed));
    }

    [Fact]
    public async Task One_that_is_not_published_leaves_all_as_it_was()
    {
        var (first, next) = (new Counted(), new Counted());
        await using var store = new ClassifierStore(first);

        Assert.False(store.TryReplace(next, static () => false));

        Assert.Same(first, store.Current);
        Assert.Null(store.TryEnter(next.Profile));
        Assert.Equal((0, 0, 0), (first.Disposed, next.Disposed, store.Old));
    }

    /// <summary>Counts how often it is disposed of.</summary>
    private sealed class Counted : IClassifier
    {
        private int _disposed;

        public int Disposed => Volatile.Read(ref _disposed);

        public ClassifierProfile Profile { get; } = ThePolicy.Profile with { };

        public bool IsReady => true;

        public Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Scores.Unknown(UnknownReason.NotReady, "none", Profile.Model));

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _disposed);
            return ValueTask.CompletedTask;
        }
    }
}
