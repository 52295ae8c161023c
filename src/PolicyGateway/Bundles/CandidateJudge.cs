using System.Diagnostics;
using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Bundles;

/// <summary>
/// Puts a share of what was judged before a candidate, too: afterwards, on one thread, and for a report only. Nobody waits for
/// it and nothing that it says, or fails to say, gets back to a request.
/// </summary>
internal sealed class CandidateJudge(GatewayTelemetry telemetry, TierLadder ladder, ILogger<CandidateJudge> logger) : IAsyncDisposable
{
    private volatile CandidateRun? _run;

    /// <summary>The candidate's name; null without one.</summary>
    public string? Model => _run?.Model;

    /// <summary>Takes another candidate, or none, and disposes of the one before without waiting for it.</summary>
    public void Use(IClassifier? candidate, CandidateOptions options)
    {
        var before = _run;
        _run = candidate is null ? null : new CandidateRun(candidate, options, telemetry, ladder, logger);
        if (before is not null)
        {
            _ = before.DisposeAsync().AsTask();
        }
    }

    /// <summary>Queues a judgement for it, or does not: never waits, and never throws.</summary>
    /// <param name="policy">Whose thresholds gave the verdict.</param>
    /// <param name="input">All but the text.</param>
    /// <param name="texts">What was judged; copied.</param>
    /// <param name="scores">What was said of it.</param>
    public void Offer(PolicySnapshot policy, ClassifierInput input, IReadOnlyList<string> texts, Scores scores) =>
        _run?.Offer(policy, input, texts, scores, Activity.Current is { Recorded: true } step ? step.Context : default);

    public ValueTask DisposeAsync() => _run?.DisposeAsync() ?? ValueTask.CompletedTask;
}
