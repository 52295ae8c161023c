using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.ML.OnnxRuntime;
using PolicyGateway.Classification.Onnx;

namespace PolicyGateway.Classification.Ngram;

/// <summary>
/// Stage 1 of the cascade: a linear model over hashed n-grams. Lanes bound how many texts are scored at once, a queue
/// bounds how many wait. With a free lane a call completes synchronously on the caller's thread.
/// </summary>
public sealed class NgramClassifier : IWindowedClassifier
{
    /// <summary>What <see cref="Scores.Stage"/> says.</summary>
    public const string StageName = "ngram";

    private const int WarmUpRounds = 200;

    private readonly ClassifierOptions _options;
    private readonly TimeProvider _time;
    private readonly NgramSession _session;
    private readonly NgramLane[] _lanes;
    private readonly Channel<NgramLane> _free;
    private int _waiting;
    private volatile bool _ready;
    private volatile bool _disposed;

    private NgramClassifier(NgramBundle bundle, ClassifierOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Profile = bundle.Profile;
        _session = new NgramSession(bundle.Model);
        _lanes = new NgramLane[options.Lanes];
        _free = Channel.CreateBounded<NgramLane>(options.Lanes);
        for (var i = 0; i < _lanes.Length; i++)
        {
            _lanes[i] = new NgramLane(bundle, _session);
            _free.Writer.TryWrite(_lanes[i]);
        }

        try
        {
            NgramSelfTest.Run(bundle, _lanes[0]);
        }
        catch
        {
            Free();
            throw;
        }
    }

    /// <inheritdoc/>
    public ClassifierProfile Profile { get; }

    /// <inheritdoc/>
    public bool IsReady => _ready;

    /// <summary>Loads and verifies the bundle that the options name.</summary>
    /// <exception cref="ArgumentException">The options have faults; the message lists all of them.</exception>
    /// <exception cref="BundleException">The bundle does not verify; the message names the file or the field.</exception>
    public static NgramClassifier Load(ClassifierOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = options.Validate();
        return faults.Count == 0
            ? new NgramClassifier(NgramBundle.Load(options.Bundle, options.ManifestSha256), options, time ?? TimeProvider.System)
            : throw new ArgumentException(string.Join(" ", faults), nameof(options));
    }

    /// <inheritdoc/>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        // Enough rounds for the just-in-time compiler's second tier; every lane and several lengths, off the caller's thread.
        foreach (var text in WarmUpTexts.All)
        {
            for (var round = 0; round < WarmUpRounds; round++)
            {
                await ClassifyAsync(new ClassifierInput(TextKind.Prompt, text.AsMemory()), cancellationToken).ConfigureAwait(false);
            }

            await Task.Yield();
        }

        _ready = true;
    }

    /// <inheritdoc/>
    public ValueTask<Scores> ClassifyAsync(ClassifierInput input, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Scores>(cancellationToken);
        }

        if (_disposed)
        {
            return new(Unknown(UnknownReason.NotReady));
        }

        if (input.Text.Length > _options.MaxCharacters)
        {
            return new(Unknown(UnknownReason.TooLong));
        }

        var deadline = input.Deadline ?? new Deadline(_time, _options.Deadline);
        return _free.Reader.TryRead(out var lane)
            ? new(ScoreAndReturn(lane, input, deadline))
            : WaitForLaneAsync(input, deadline, cancellationToken);
    }

    IReadOnlyList<Range> IWindowedClassifier.WindowsOf(ClassifierInput input, string stage) => WindowsOf(input.Text.Span);

    internal static IReadOnlyList<Range> WindowsOf(ReadOnlySpan<char> text) =>
        TextWindows.Ranges(text, FeaturizerSpec.Current.WindowCharacters, FeaturizerSpec.Current.WindowOverlap);

    /// <summary>Waits for running texts to finish, then frees the native memory. Later calls are answered "unknown".</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _ready = false;
        for (var i = 0; i < _lanes.Length; i++)
        {
            await _free.Reader.ReadAsync().ConfigureAwait(false);
        }

        Free();
    }

    private void Free()
    {
        foreach (var lane in _lanes)
        {
            lane.Dispose();
        }

        _session.Dispose();
    }

    private async ValueTask<Scores> WaitForLaneAsync(ClassifierInput input, Deadline deadline, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > _options.QueueLimit)
        {
            Interlocked.Decrement(ref _waiting);
            return Unknown(UnknownReason.QueueFull);
        }

        NgramLane lane;
        try
        {
            using var late = new CancellationTokenSource(Positive(deadline.Remaining), _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            lane = await _free.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unknown(UnknownReason.Deadline) with { QueueWait = deadline.Elapsed };
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        var waited = deadline.Elapsed;
        return ScoreAndReturn(lane, input, deadline) with { QueueWait = waited };
    }

    private Scores ScoreAndReturn(NgramLane lane, in ClassifierInput input, in Deadline deadline)
    {
        try
        {
            var probabilities = new float[LabelMap.HeadCount];
            var reason = lane.Score(input.Kind, input.Text.Span, probabilities, deadline, out var windows);
            return reason == UnknownReason.None
                ? new Scores(ImmutableCollectionsMarshal.AsImmutableArray(probabilities), StageName, Profile.Model, windows)
                : Unknown(reason);
        }
        catch (OnnxRuntimeException)
        {
            return Unknown(UnknownReason.RuntimeFailure);
        }
        finally
        {
            _free.Writer.TryWrite(lane);
        }
    }

    private Scores Unknown(UnknownReason reason) => Scores.Unknown(reason, StageName, Profile.Model);

    private static TimeSpan Positive(TimeSpan remaining) => remaining > TimeSpan.Zero ? remaining : TimeSpan.FromMilliseconds(1);
}
