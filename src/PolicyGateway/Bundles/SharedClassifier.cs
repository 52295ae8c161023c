using PolicyGateway.Classification;

namespace PolicyGateway.Bundles;

/// <summary>One classifier, and how many use it: its keeper, until another takes its place, and the requests that began with it.</summary>
internal sealed class SharedClassifier(IClassifier classifier)
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _uses = 1;

    public IClassifier Classifier { get; } = classifier;

    /// <summary>Ends when nobody uses it any more and its memory is given back.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Null where it is on its way out already.</summary>
    public ClassifierLease? TryEnter()
    {
        int uses;
        do
        {
            uses = Volatile.Read(ref _uses);
            if (uses == 0)
            {
                return null;
            }
        }
        while (Interlocked.CompareExchange(ref _uses, uses + 1, uses) != uses);

        return new ClassifierLease(this);
    }

    /// <summary>One use less; the last one frees it, on no request's time.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _uses) == 0)
        {
            _ = Task.Run(DisposeAsync);
        }
    }

    private async Task DisposeAsync()
    {
        try
        {
            await Classifier.DisposeAsync().ConfigureAwait(false);
            FreedMemory.Return();
        }
        finally
        {
            _gone.SetResult();
        }
    }
}

/// <summary>A classifier that stays in memory until this is disposed. To be disposed of once, or more often.</summary>
internal sealed class ClassifierLease(SharedClassifier shared) : IDisposable
{
    private int _isOver;

    public IClassifier Classifier => shared.Classifier;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            shared.Leave();
        }
    }
}
