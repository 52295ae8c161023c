using System.Diagnostics;
using System.Threading.Channels;
using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Bundles;

/// <summary>One candidate, what waits for it, and the one worker that asks it.</summary>
/// <remarks>
/// A candidate that hangs keeps its worker and nothing else: the queue fills, and what comes then is dropped and counted.
/// </remarks>
internal sealed partial class CandidateRun : IAsyncDisposable
{
    /// <summary>Characters that may wait, prompts included: 16 MB.</summary>
    private const long MostCharacters = 8 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IClassifier _candidate;
    private readonly double _rate;
    private readonly GatewayTelemetry _telemetry;
    private readonly TierLadder _ladder;
    private readonly ILogger _logger;
    private readonly Channel<Judgement> _waiting;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _working;
    private long _characters;
    private PolicySnapshot? _policy;
    private PolicySnapshot? _fitted;
    private string? _told;

    public CandidateRun(IClassifier candidate, CandidateOptions options, GatewayTelemetry telemetry, TierLadder ladder, ILogger logger)
    {
        (_candidate, _rate, _telemetry, _ladder, _logger) = (candidate, options.SampleRate, telemetry, ladder, logger);
        _waiting = Channel.CreateBounded<Judgement>(new BoundedChannelOptions(options.QueueLimit) { SingleReader = true });
        _working = Task.Run(WorkAsync);
    }

    public string Model => _candidate.Profile.Model;

    public void Offer(PolicySnapshot policy, ClassifierInput input, IReadOnlyList<string> texts, Scores scores, ActivityContext trace)
    {
        if (Random.Shared.NextDouble() >= _rate)
        {
            return;
        }

        var size = texts.Sum(static text => (long)text.Length) + input.Prompt.Length;
        if (Interlocked.Add(ref _characters, size) > MostCharacters || !_waiting.Writer.TryWrite(new Judgement(policy, input, [.. texts], scores, trace, size)))
        {
            Interlocked.Add(ref _characters, -size);
            _telemetry.CandidateAsked("dropped");
        }
    }

    /// <summary>What waits is dropped. One that hangs is left to itself: freeing it under its own feet would end the process.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _stop.CancelAsync();
        try
        {
            await _working.WaitAsync(Patience);
            await _candidate.DisposeAsync().AsTask().WaitAsync(Patience);
            FreedMemory.Return();
            _stop.Dispose();
        }
        catch (TimeoutException)
        {
            Log.Hangs(_logger, Model);
        }
    }

    private async Task WorkAsync()
    {
        await foreach (var judgement in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                _stop.Token.ThrowIfCancellationRequested();
                _telemetry.CandidateAsked(await CompareAsync(judgement) ? "judged" : "failed");
                _told = null;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                _telemetry.CandidateAsked("dropped");
            }
            catch (Exception fault)
            {
                // By its type, since a message may quote what was judged; and once for as long as it goes on.
                if (_told != fault.GetType().Name)
                {
                    Log.Failed(_logger, Model, _told = fault.GetType().Name);
                }

                _telemetry.CandidateAsked("failed");
            }
            finally
            {
                Interlocked.Add(ref _characters, -judgement.Size);
            }
        }
    }

    private async Task<bool> CompareAsync(Judgement judgement)
    {
        if (FitTo(judgement.Policy) is not { } policy)
        {
            return false;
        }

        var scores = await _candidate.ClassifyAsync(judgement.Input, judgement.Texts, _stop.Token);
        var side = judgement.Input.Kind == TextKind.Prompt ? "prompt" : "completion";
        var (verdict, candidate) = (judgement.Policy.Judge(judgement.Scores).Name(), policy.Judge(scores).Name());
        using var step = _telemetry.Observe(judgement.Trace, "candidate");
        step?.SetTag("policygateway.side", side);
        step?.SetTag("policygateway.model", judgement.Policy.Profile.Model);
        step?.SetTag("policygateway.verdict", verdict);
        step?.SetTag("policygateway.candidate.model", Model);
        step?.SetTag("policygateway.candidate.verdict", candidate);
        _telemetry.Compared(side, judgement.Policy.Profile.Model, verdict, Model, candidate);
        return true;
    }

    /// <summary>The policy of the verdict, by the candidate's own thresholds; null where it does not fit them.</summary>
    private PolicySnapshot? FitTo(PolicySnapshot policy)
    {
        if (!ReferenceEquals(_policy, policy))
        {
            var found = PolicyCheck.Check(policy.Document, _ladder, _candidate.Profile);
            (_policy, _fitted) = (policy, found.Snapshot);
            if (_fitted is null)
            {
                Log.Misfit(_logger, Model, string.Join(' ', found.Faults));
            }
        }

        return _fitted;
    }

    /// <summary>Text does not print itself.</summary>
    private sealed record Judgement(
        PolicySnapshot Policy, ClassifierInput Input, IReadOnlyList<string> Texts, Scores Scores, ActivityContext Trace, long Size)
    {
        public override string ToString() => $"Judgement({Size} characters)";
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Candidate {Model} failed: {Error}", EventName = "candidate.failed")]
        public static partial void Failed(ILogger logger, string model, string error);

        [LoggerMessage(3, LogLevel.Error, "The policy in force does not fit candidate {Model}, which is not asked under it: {Faults}", EventName = "candidate.misfit")]
        public static partial void Misfit(ILogger logger, string model, string faults);

        [LoggerMessage(2, LogLevel.Error, "Candidate {Model} does not end, so its memory stays taken.", EventName = "candidate.hangs")]
        public static partial void Hangs(ILogger logger, string model);
    }
}
