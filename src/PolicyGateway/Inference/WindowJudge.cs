using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Policy;

namespace PolicyGateway.Inference;

/// <summary>
/// Judges the texts of one stream while they grow. Each text, and all of them in the order in which they arrive, is judged
/// from what was cleared before, and some of that again, to its end: every character is read a bounded number of times, and a
/// phrase that is cut by a frame, a choice or a channel is still one.
/// </summary>
/// <remarks>
/// A window that is not open is a doubt and no refusal yet: it holds what is in it, and is judged again with what follows. On
/// 1,274 completions of the development set (300 characters and more, 744 of them benign), refusing at the first such window
/// refused 15.6 % of the benign ones where judging them whole refused 6.3 %; holding a doubt for at most <see cref="Doubt"/> characters
/// refused 7.1 %, and 70.9 % of the others against 68.9 %.
/// </remarks>
internal sealed class WindowJudge(Judge judge, RequestRecord record, TimeProvider time)
{
    /// <summary>Characters of what was cleared before that are judged again with what follows: a long phrase fits.</summary>
    public const int Overlap = 1000;

    /// <summary>Characters after which a doubt is a refusal: with the overlap they fill a window of the classifier.</summary>
    public const int Doubt = 1000;

    /// <summary>
    /// Characters that come before the guard is asked again: what it cleared is in each window that begins in it, and in doubt
    /// there, too. Until then what is in doubt waits, and with half of the overlap nothing is left out.
    /// </summary>
    private const int GuardStep = Overlap / 2;

    /// <summary>
    /// Most runs of text that are judged at each step. All that grew are judged anew with some of what came before, so that
    /// choices times alternatives of log probabilities would multiply the work by hundreds. More are judged when all of the
    /// text has doubled, and at the end.
    /// </summary>
    private const int Few = 16;

    private readonly List<string> _windows = [];
    private Scores? _cleared;
    private Scores? _last;
    private readonly List<FusedSignal> _guarded = [];
    private bool _isDecided;
    private int _signals;
    private int? _guardedAt;

    /// <summary>Characters, in the order of arrival, that were read; the verdict on the last of them may be a doubt.</summary>
    public int Read { get; private set; }

    /// <summary>Characters, in the order of arrival, that are cleared.</summary>
    public int Cleared { get; private set; }

    /// <summary>
    /// Whether the last verdict is no doubt: what is not cleared is too much, there is none, or the guard or the backend made it
    /// what it is, which no text that follows takes back.
    /// </summary>
    public bool IsCertain => Read - Cleared >= Doubt || _isDecided;

    /// <summary>Whether the backend says something of the answer that was not judged yet.</summary>
    public bool HasNews(AnswerReader answer) => SignalsOf(answer).Length > _signals;

    /// <summary>Whether an answer has too many runs of text to be judged at each step.</summary>
    public static bool HasMany(AnswerReader answer) => answer.Texts.Channels.Count > Few;

    /// <summary>Time spent judging.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Judges what is not cleared yet, beside the strictest of what is.</summary>
    public ValueTask<Verdict> AdvanceAsync(AnswerReader answer, CancellationToken cancellationToken)
    {
        Cut(answer);
        return ScoreAsync(answer, _guardedAt is not { } at || Read - at >= GuardStep, cancellationToken);
    }

    /// <summary>Judges the rest, and what only the whole shows: the channels of a choice, and all of them, run together.</summary>
    public async ValueTask<Verdict> FinishAsync(AnswerReader answer, CancellationToken cancellationToken)
    {
        using var step = judge.Step();
        Cut(answer);
        _windows.AddRange(answer.Texts.ToJoins());
        var verdict = await ScoreAsync(answer, true, cancellationToken);
        Judge.Tag(step, _last!, answer.Texts.Channels.Count);
        Judge.Tag(step, verdict);
        return verdict;
    }

    /// <summary>What was judged last is open: it is cleared.</summary>
    public void Clear(AnswerReader answer)
    {
        _cleared = _last;
        foreach (var channel in answer.Texts.Channels)
        {
            channel.Judged = channel.Length;
        }

        if (answer.Texts.Arrival is { } arrival)
        {
            arrival.Judged = Cleared = arrival.Length;
        }
    }

    /// <summary>Forgets the texts of a stream that another takes the place of; the time that they took stays counted.</summary>
    public void Restart()
    {
        (_cleared, _last, _isDecided, _signals, _guardedAt, Read, Cleared) = (null, null, false, 0, null, 0, 0);
        _guarded.Clear();
    }

    /// <summary>Counts the judging as one, when the stream is over.</summary>
    public void Report()
    {
        if (_last is not null)
        {
            judge.Conclude(record.Policy, TextKind.Completion, _last, Elapsed);
        }
    }

    private void Cut(AnswerReader answer)
    {
        _windows.Clear();
        foreach (var channel in answer.Texts.Channels)
        {
            Cut(channel);
        }

        if (answer.Texts.Arrival is { } arrival)
        {
            Read = arrival.Length;
            if (!answer.Texts.ArrivesInOneChannel)
            {
                Cut(arrival);
            }
        }
    }

    private void Cut(TextChannel channel)
    {
        if (channel.Length > channel.Judged)
        {
            _windows.Add(channel.From(Math.Max(0, channel.Judged - Overlap)));
        }
    }

    private async ValueTask<Verdict> ScoreAsync(AnswerReader answer, bool asksGuard, CancellationToken cancellationToken)
    {
        _isDecided = false;
        if (answer.Texts.HasUnclassified)
        {
            _last = Judge.Unreadable(record);
        }
        else if (_windows.Count > 0 || _cleared is null)
        {
            var scores = await ScoreWindowsAsync(asksGuard, cancellationToken);
            _last = _cleared is null ? scores : Scores.Strictest(_cleared, scores);

            // A stream may be held for minutes before the next.
            _windows.Clear();
        }
        else
        {
            _last = _cleared;
        }

        var signals = SignalsOf(answer);
        _signals = signals.Length;
        var verdict = SignalFusion.WithSignals(record.Policy, _last, record.Policy.Judge(_last), signals);
        _isDecided |= verdict.IsUnknown || verdict.Signals.Any(static signal => signal.Effect == SignalEffect.Stricter);
        return _guarded.Count == 0 ? verdict : verdict with { Signals = [.. _guarded, .. verdict.Signals] };
    }

    private async ValueTask<Scores> ScoreWindowsAsync(bool asksGuard, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var scores = await judge.ScoreAsync(record, TextKind.Completion, _windows, record.Prompt!.Whole, cancellationToken);
        Elapsed += time.GetElapsedTime(started);
        var judged = new Judged(scores, record.Policy.Judge(scores));
        if (!asksGuard || !judge.IsForGuard(record.Policy, judged))
        {
            return scores;
        }

        // The guard takes no time of our cores, so its own is not counted against the stream.
        judged = await judge.GuardAsync(record.Policy, judged, record.Prompt.Whole, string.Join('\n', _windows), cancellationToken);
        foreach (var said in judged.Verdict.Signals)
        {
            (_guardedAt, _isDecided) = (Read, said.Effect == SignalEffect.Stricter);

            // A record of what was said, not of how often.
            if (!_guarded.Exists(known => (known.Subject, known.Effect) == (said.Subject, said.Effect)))
            {
                _guarded.Add(said);
            }
        }

        return judged.Scores;
    }

    private ImmutableArray<Signal> SignalsOf(AnswerReader answer) => record.Signals.With(answer.Annotations?.Found ?? Completion.NoAnnotations);
}
