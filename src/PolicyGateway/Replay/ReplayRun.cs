using PolicyGateway.Classification;
using PolicyGateway.Cli.Explaining;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Replay;

/// <summary>What decides: a model, and the policy that reads its scores.</summary>
internal sealed record Decider(IClassifier Classifier, PolicySnapshot Policy);

/// <summary>Puts recorded texts before what decides now and before a candidate, for the callers that asked.</summary>
internal sealed class ReplayRun(Decider current, Decider candidate, TierLadder ladder, int lanes, DateTimeOffset now)
{
    /// <summary>The rows as decided by both, in their order.</summary>
    public IAsyncEnumerable<ReplayedRow> RunAsync(IEnumerable<TrafficRow> rows, CancellationToken cancellationToken) =>
        InOrder.SelectAsync(rows, 2 * lanes, row => DecideAsync(row, cancellationToken), cancellationToken);

    private async Task<ReplayedRow> DecideAsync(TrafficRow row, CancellationToken cancellationToken)
    {
        // One model for both is asked once: what differs then is what the policies make of it.
        var before = await current.Classifier.ClassifyAsync(row.Text, cancellationToken);
        var after = ReferenceEquals(current.Classifier, candidate.Classifier)
            ? before
            : await candidate.Classifier.ClassifyAsync(row.Text, cancellationToken);
        var caller = row.Caller.ToCaller(ladder, now);
        return new ReplayedRow(
            row.Id,
            row.Text.Kind == TextKind.Prompt ? "prompt" : "completion",
            caller.Tier.Name,
            row.Decision,
            Rule(current.Policy, caller, row.Text.Kind, before),
            Rule(candidate.Policy, caller, row.Text.Kind, after));
    }

    private Ruling Rule(PolicySnapshot policy, Caller caller, TextKind kind, Scores scores)
    {
        var verdict = policy.Judge(scores);
        var decision = DecisionAnswer.Decide(policy, caller, verdict, kind == TextKind.Prompt, now);
        var (action, isEnforced) = (decision.Action.Name(), decision.Mode == PolicyMode.Enforce);
        return new Ruling(
            isEnforced ? action : $"{action} ({decision.Mode.Name()})",
            verdict.IsUnknown ? "unknown" : verdict.Severity.Name(),
            decision.Category,
            decision.Reason,
            decision.Rule,
            decision.ReleaseMode.Name())
        {
            Action = action,
            Strictness = isEnforced ? (int)decision.Action : 0,
        };
    }
}
