using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using PolicyGateway.Dialects;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Release;

namespace PolicyGateway.Inference;

/// <summary>
/// One stream on its way from the backend to the client. As bytes come, whole frames are read, what is new in them is judged,
/// the decision is made for the caller as he stands at this moment, and the frames leave that the decision covers:
/// all of them (<see cref="ReleaseMode.PassThrough"/>), those behind which a look-ahead was judged (<see cref="ReleaseMode.Window"/>), or
/// none before the end (<see cref="ReleaseMode.HoldAll"/>). The first decision that refuses ends it.
/// </summary>
/// <remarks>Called by one at a time: the proxy while it copies, then the request.</remarks>
internal sealed class OpenStream(
    IDialect dialect, RequestRecord record, WindowJudge windows, LiveCaller live, ReleaseIntent intent, Recorder recorder, IncrementalHash hash, int lookAhead, TimeProvider time)
{
    /// <summary>Where text leaves before its verdict, longest time until the judge is asked again when more of it comes.</summary>
    private static readonly TimeSpan Unwatched = TimeSpan.FromMilliseconds(200);

    /// <summary>A judge that takes long is asked less often: an open stream takes so much of it, and then a fifth of a core.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    /// <summary>New text is judged when a quarter of the look-ahead has come, or, where nothing waits for it, a window.</summary>
    private readonly int _step = record.ReleaseMode == ReleaseMode.Window ? Math.Max(1, lookAhead / 4) : WindowJudge.Overlap;

    private long _judgedAt;
    private long _mostCharacters;
    private Hold _hold = null!;
    private HeldFrames? _frames;
    private bool _isChecked;
    private ExceptionDispatchInfo? _thrown;
    private StreamTail _tail = StreamTail.Start;

    public AnswerReader Answer { get; private set; } = dialect.CreateReader(record.Prompt!.Framing);

    /// <summary>Where the stream stands behind what has left.</summary>
    public StreamTail Tail => _tail;

    /// <summary>The decision on all that was judged so far; null before anything was.</summary>
    public Decision? Decision { get; private set; }

    /// <summary>The decision that ended the stream; null while none did.</summary>
    public Decision? Refusal => Decision is { Refuses: true } ? Decision : null;

    /// <summary>What is wrong with the backend's answer; null while nothing is.</summary>
    public GatewayError? Failure { get; private set; }

    /// <summary>Bytes that left before their verdict, as the policy accepts by name.</summary>
    public long PassedUnjudged { get; private set; }

    public Hold Open(HttpContext context, HoldLimits limits)
    {
        _mostCharacters = limits.MaxBytes;
        return _hold = Hold.Frames(context, dialect, record.Prompt!.Framing, record.DecisionId, limits, time, ArrivedAsync, Restart);
    }

    /// <summary>Judges and releases what is left, once the backend is done.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        _thrown?.Throw();
        if (IsOver || _frames is null || !_hold.Valve.TrySeal())
        {
            return;
        }

        Read(_frames, _frames.ReadRest());
        var completion = record.Completion = Answer.Finish();
        if (completion.Fault is not null)
        {
            Failure = UpstreamFailures.Unreadable();
            return;
        }

        Conclude(await windows.FinishAsync(Answer, cancellationToken), isCertain: true);
        await ReleaseAsync(int.MaxValue, cancellationToken);
    }

    /// <summary>Another backend is asked; nothing of the first one's answer has left, or will.</summary>
    private void Restart()
    {
        Answer = dialect.CreateReader(record.Prompt!.Framing);
        windows.Restart();
        (_frames, _isChecked, _tail, _judgedAt) = (null, false, StreamTail.Start, 0);
        (Decision, Failure, record.CompletionVerdict) = (null, null, null);
    }

    private bool IsOver => Refusal is not null || Failure is not null || intent.IsMissing || _thrown is not null;

    private int Arrived => Answer.Texts.Arrival?.Length ?? 0;

    private async ValueTask ArrivedAsync(HeldFrames frames, CancellationToken cancellationToken)
    {
        try
        {
            if (!IsStream() || IsOver)
            {
                return;
            }

            _frames = frames;
            Read(frames);
            if (Failure is null)
            {
                await AdvanceAsync(cancellationToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The proxy would take it for a client that left.
            _thrown = ExceptionDispatchInfo.Capture(exception);
        }

        if (IsOver)
        {
            _hold.Valve.Close(UpstreamEnd.Refused);
        }
    }

    /// <summary>Whether the backend answered a stream at all: an error is held and cleared as a whole.</summary>
    private bool IsStream()
    {
        if (!_isChecked)
        {
            _isChecked = true;
            Answer.Annotations = record.Signals.Listen();
            Failure = _hold.Response.IsSuccess ? UpstreamFailures.OfHead(_hold.Response, record.Prompt!.Framing) : null;
        }

        return _hold.Response.IsSuccess;
    }

    private void Read(HeldFrames frames)
    {
        while (frames.TryRead(out var frame))
        {
            Read(frames, frame);
            if (Answer.Fault is not null)
            {
                Failure = UpstreamFailures.Unreadable();
                return;
            }
        }

        if (Answer.Texts.Characters > _mostCharacters)
        {
            _hold.Valve.Close(UpstreamEnd.TooLarge);
        }

        // Text may stand in what nobody knows, in a way that nobody foresaw: the whole is judged before more of it leaves.
        if (Answer.HasUnknown || (record.ReleaseMode == ReleaseMode.Window && WindowJudge.HasMany(Answer)))
        {
            record.ReleaseMode = ReleaseMode.HoldAll;
        }
    }

    /// <summary>Reads a frame and keeps it for release, unless it tells the usage that only we asked for.</summary>
    private void Read(HeldFrames frames, ReadOnlyMemory<byte> frame)
    {
        Answer.Read(frame);
        if (Answer.IsUsageFrame && record.Prompt!.HidesUsage)
        {
            frames.Remove(frame.Length);
        }
        else
        {
            frames.Mark(Arrived, Answer.Tail, record.ReleaseMode == ReleaseMode.HoldAll);
        }
    }

    private async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        var passes = record.ReleaseMode == ReleaseMode.PassThrough;

        // What the backend says of its answer counts before more of it leaves.
        var isNews = windows.HasNews(Answer);
        if (passes && !isNews)
        {
            await PassAsync(cancellationToken);
        }

        if (!IsOver && (isNews || IsDue(passes)))
        {
            var verdict = await windows.AdvanceAsync(Answer, cancellationToken);
            Conclude(verdict, windows.IsCertain);
            _judgedAt = time.GetTimestamp();
        }

        if (record.ReleaseMode == ReleaseMode.Window)
        {
            await ReleaseAsync(windows.Cleared - lookAhead, cancellationToken);
        }
    }

    /// <summary>Whether enough has come to be judged. Nothing leaves before a look-ahead has come, and short texts are misjudged.</summary>
    private bool IsDue(bool passes) =>
        Answer.Texts.HasUnclassified
        || (Arrived - windows.Read >= (WindowJudge.HasMany(Answer) ? Math.Max(_step, windows.Read) : _step) && Arrived >= lookAhead
            && windows.Elapsed <= Grace + (time.GetElapsedTime(record.Timestamp) / 5))
        || (passes && !WindowJudge.HasMany(Answer) && time.GetElapsedTime(_judgedAt) > Unwatched);

    /// <summary>What is open is cleared. What is not holds as a doubt what is in it, and ends the stream once it is certain.</summary>
    private void Conclude(Verdict verdict, bool isCertain)
    {
        var decision = Decide(verdict);
        if (decision.Refuses && !isCertain)
        {
            return;
        }

        (Decision, record.CompletionVerdict) = (decision, verdict);
        if (!decision.Refuses)
        {
            windows.Clear(Answer);
        }
    }

    /// <summary>The decision for the caller as he stands now; on the prompt alone, where nothing was judged.</summary>
    private Decision Decide(Verdict? verdict) => verdict is null
        ? record.DecidePrompt(live.Current, time.GetUtcNow())
        : record.DecideCompletion(live.Current, verdict, time.GetUtcNow());

    /// <summary>Asks again whether what was cleared is open: judging takes time, in which a caller may lose what he has.</summary>
    private bool IsStillOpen()
    {
        if (!IsOver && (record.IsGated || !ReferenceEquals(live.Current, record.Caller)))
        {
            var decision = Decide(record.CompletionVerdict);
            Decision = decision.Refuses || record.CompletionVerdict is not null ? decision : Decision;
        }

        return !IsOver;
    }

    /// <summary>The same, once there is a durable record of what needs one.</summary>
    private async ValueTask<bool> IsOpenAsync()
    {
        if (!IsStillOpen())
        {
            return false;
        }

        if (record.IsGated)
        {
            record.Decision = Decision ?? record.Decision;
            await intent.BeginCountedAsync(IsStillOpen);
        }

        // Asked again: a commit takes time, too.
        return await intent.IsDurableAsync() && IsStillOpen();
    }

    private async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        if (await IsOpenAsync())
        {
            var passed = _frames!.UpTo(int.MaxValue, ref _tail);
            PassedUnjudged += passed.Length;
            await WriteAsync(passed, cancellationToken);
        }
    }

    private async ValueTask ReleaseAsync(int arrived, CancellationToken cancellationToken)
    {
        if (Decision is null || !IsStillOpen())
        {
            return;
        }

        var tail = _tail;
        var released = _frames!.UpTo(arrived, ref tail);
        if (!released.IsEmpty && await IsOpenAsync())
        {
            _tail = tail;
            await WriteAsync(released, cancellationToken);
        }
    }

    private async ValueTask WriteAsync(ReadOnlySequence<byte> frames, CancellationToken cancellationToken)
    {
        if (!frames.IsEmpty)
        {
            if (_hold.Passed == 0)
            {
                recorder.FirstReleased(record);
            }

            foreach (var piece in frames)
            {
                hash.AppendData(piece.Span);
            }

            await _hold.ReleaseAsync(_frames!, frames, cancellationToken);
        }
    }
}
