using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Policy;

namespace PolicyGateway.Inference;

/// <summary>
/// Judges the texts of one stream while they grow. Each text, and all of them in the order in which they arrive, is judged
/// in windows that overlap, so that every character is read a bounded number of times and a phrase that is cut by a window,
/// a frame, a choice or a channel is still one. The strictest score of each head counts, from the first window on.
/// </summary>
internal sealed class WindowJudge(Judge judge, RequestRecord record, TimeProvider time)
{
    /// <summary>Characters of what was judged before that are judged again with what follows: a long phrase fits.</summary>
    public const int Overlap = 1000;

    private readonly List<string> _windows = [];
    private Scores? _scores;

    /// <summary>Characters, in the order of arrival, that a verdict covers.</summary>
    public int Arrived { get; private set; }

    /// <summary>Time spent judging.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>What all windows so far come to; null before the first.</summary>
    public Verdict? Verdict { get; private set; }

    /// <summary>Judges what has come since the last call.</summary>
    public async ValueTask<Verdict> AdvanceAsync(AnswerReader answer, CancellationToken cancellationToken)
    {
        _windows.Clear();
        foreach (var channel in answer.Texts.Channels)
        {
            Cut(channel);
        }

        if (answer.Texts.Arrival is { } arrival)
        {
            Cut(arrival);
            Arrived = arrival.Length;
        }

        return await ScoreAsync(answer, cancellationToken);
    }

    /// <summary>Judges, at the end, what only the whole shows: the channels of a choice, and all of them, run together.</summary>
    public async ValueTask<Verdict> FinishAsync(AnswerReader answer, CancellationToken cancellationToken)
    {
        using var step = judge.Step();
        var verdict = await AdvanceAsync(answer, cancellationToken);
        _windows.Clear();
        _windows.AddRange(answer.Texts.ToJoins());
        verdict = _windows.Count == 0 ? verdict : await ScoreAsync(answer, cancellationToken);
        Judge.Tag(step, _scores!, answer.Texts.Channels.Count);
        return verdict;
    }

    private void Cut(TextChannel channel)
    {
        if (channel.Length > channel.Judged)
        {
            _windows.Add(channel.From(Math.Max(0, channel.Judged - Overlap)));
            channel.Judged = channel.Length;
        }
    }

    private async ValueTask<Verdict> ScoreAsync(AnswerReader answer, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (answer.Texts.HasUnclassified)
        {
            _scores = judge.Unreadable;
        }
        else if (_windows.Count > 0 || _scores is null)
        {
            var scores = await judge.ScoreAsync(TextKind.Completion, _windows, record.Prompt!.Whole, cancellationToken);
            _scores = _scores is null ? scores : Judge.Strictest(_scores, scores);
        }

        Elapsed += time.GetElapsedTime(started);
        Verdict = _scores.IsUnknown ? Policy.Verdict.Unknown(_scores) : record.Policy.Judge(_scores);
        return Verdict;
    }

    /// <summary>Forgets the texts of a stream that another takes the place of; the time that they took stays counted.</summary>
    public void Restart() => (_scores, Verdict, Arrived) = (null, null, 0);

    /// <summary>Counts the judging as one, when the stream is over.</summary>
    public void Report()
    {
        if (_scores is not null)
        {
            judge.Conclude(record.Policy, TextKind.Completion, _scores, Elapsed);
        }
    }
}
