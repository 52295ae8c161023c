using Microsoft.ML.OnnxRuntime;
using PolicyGateway.Classification.Ngram;
using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Encoder;

/// <summary>
/// Stage 2 of the cascade: an encoder. A text takes milliseconds, so it runs on threads of its own, one per lane, and never on
/// those that serve requests. A bounded queue stands before them, in which what a client waits for comes first.
/// </summary>
internal sealed class EncoderStage : IAsyncDisposable
{
    /// <summary>What <see cref="Scores.Stage"/> says.</summary>
    public const string StageName = "encoder";

    // Some ten windows: long enough that little is judged twice, short enough that no text keeps a lane for long.
    private const int PartCharacters = 4000;
    private const int PartOverlap = 500;

    private readonly EncoderSession _session;
    private readonly Thread[] _threads;
    private readonly PriorityQueue<Job, (bool IsLater, long Number)> _queue = new();
    private readonly int _queueLimit;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _number;
    private int _running;
    private bool _isStopping;

    /// <param name="bundle">The model.</param>
    /// <param name="lanes">How many texts are scored at once.</param>
    /// <param name="queueLimit">How many may wait.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="BundleException">The model does not load, or does not give its known texts their scores.</exception>
    public EncoderStage(EncoderBundle bundle, int lanes, int queueLimit, TimeProvider time)
    {
        (_queueLimit, _time) = (queueLimit, time);
        _session = new EncoderSession(bundle.Model);
        try
        {
            EncoderSelfTest.Run(bundle, _session);
        }
        catch
        {
            _session.Dispose();
            throw;
        }

        // Not the bundle itself: the runtime has the model's bytes by now, and they are many.
        var (pieces, spec) = (bundle.Pieces, bundle.Manifest.Encoder);
        _running = lanes;
        _threads = [.. Enumerable.Range(0, lanes).Select(lane => new Thread(() => Work(pieces, spec)) { IsBackground = true, Name = $"encoder lane {lane}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>
    /// Scores one text, a long one in parts, on several lanes at once. Failure, lateness and overload are results; only the
    /// caller's own cancellation throws.
    /// </summary>
    public ValueTask<EncoderScores> ScoreAsync(ClassifierInput input, Deadline deadline, CancellationToken cancellationToken) =>
        input.Text.Length <= PartCharacters ? ScorePartAsync(input, deadline, cancellationToken) : ScorePartsAsync(input, deadline, cancellationToken);

    private async ValueTask<EncoderScores> ScorePartsAsync(ClassifierInput input, Deadline deadline, CancellationToken cancellationToken)
    {
        var sum = new EncoderScores(UnknownReason.None, [], 0, TimeSpan.Zero);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _threads.Length, CancellationToken = enough.Token };
        try
        {
            await Parallel.ForEachAsync(Parts(input.Text.Span), parallel, async (part, token) =>
            {
                var scores = await ScorePartAsync(input with { Text = input.Text[part] }, deadline, token).ConfigureAwait(false);
                lock (enough)
                {
                    sum = sum.With(scores);
                }

                if (scores.Reason != UnknownReason.None)
                {
                    await enough.CancelAsync().ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // One part cannot be scored, so the text cannot.
        }

        return sum;
    }

    /// <summary>The parts of a text, each of which is cut into windows by itself; one of a short text.</summary>
    internal static IReadOnlyList<Range> Parts(ReadOnlySpan<char> text) => TextWindows.Ranges(text, PartCharacters, PartOverlap);

    private async ValueTask<EncoderScores> ScorePartAsync(ClassifierInput input, Deadline deadline, CancellationToken cancellationToken)
    {
        var job = new Job(input, deadline, cancellationToken);
        lock (_queue)
        {
            if (_isStopping)
            {
                return EncoderScores.Unknown(UnknownReason.NotReady);
            }

            if (_queue.Count >= _queueLimit)
            {
                return EncoderScores.Unknown(UnknownReason.QueueFull);
            }

            _queue.Enqueue(job, (input.IsLater, _number++));
            Monitor.Pulse(_queue);
        }

        try
        {
            return await job.Done.Task.WaitAsync(deadline.Remaining is { Ticks: > 0 } left ? left : TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return EncoderScores.Unknown(UnknownReason.Deadline);
        }
    }

    /// <summary>Answers what waits with "unknown", waits for what runs, and frees the native memory.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_queue)
        {
            _isStopping = true;
            Monitor.PulseAll(_queue);
        }

        await _stopped.Task.ConfigureAwait(false);
    }

    private void Work(PieceTable pieces, EncoderSpec spec)
    {
        using (var lane = new EncoderLane(pieces, spec, _session))
        {
            while (Take() is { } job)
            {
                job.Done.TrySetResult(Score(lane, job));
            }
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _session.Dispose();
            _stopped.SetResult();
        }
    }

    private Job? Take()
    {
        lock (_queue)
        {
            while (_queue.Count == 0 && !_isStopping)
            {
                Monitor.Wait(_queue);
            }

            if (!_isStopping)
            {
                return _queue.Dequeue();
            }

            while (_queue.TryDequeue(out var job, out _))
            {
                job.Done.TrySetResult(EncoderScores.Unknown(UnknownReason.NotReady));
            }

            return null;
        }
    }

    private static EncoderScores Score(EncoderLane lane, Job job)
    {
        var waited = job.Deadline.Elapsed;
        if (job.CancellationToken.IsCancellationRequested || job.Deadline.HasPassed)
        {
            return EncoderScores.Unknown(UnknownReason.Deadline);
        }

        try
        {
            var logits = new float[LabelMap.HeadCount];
            var reason = lane.Score(job.Input, logits, job.Deadline, out var windows);
            return new EncoderScores(reason, logits, windows, waited);
        }
        catch (Exception fault) when (fault is OnnxRuntimeException or ArgumentException or InvalidOperationException)
        {
            return EncoderScores.Unknown(UnknownReason.RuntimeFailure);
        }
    }

    private sealed record Job(ClassifierInput Input, Deadline Deadline, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<EncoderScores> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What an encoder says of one text.</summary>
/// <param name="Reason">Why it could not say; <see cref="UnknownReason.None"/> where it could.</param>
/// <param name="Logits">One per head, before calibration; not complete where it could not say.</param>
/// <param name="Windows">Windows that were scored.</param>
/// <param name="QueueWait">How long the text waited for a lane, from the beginning of its deadline.</param>
internal sealed record EncoderScores(UnknownReason Reason, float[] Logits, int Windows, TimeSpan QueueWait)
{
    public static EncoderScores Unknown(UnknownReason reason) => new(reason, [], 0, TimeSpan.Zero);

    /// <summary>The higher logit of each head; no score of one part is none of both.</summary>
    public EncoderScores With(EncoderScores other)
    {
        if (Reason != UnknownReason.None || other.Reason != UnknownReason.None)
        {
            return Reason != UnknownReason.None ? this : other;
        }

        var logits = Logits.Length == 0 ? other.Logits : [.. Logits.Zip(other.Logits, Math.Max)];
        return new EncoderScores(UnknownReason.None, logits, Windows + other.Windows, QueueWait > other.QueueWait ? QueueWait : other.QueueWait);
    }
}
