using System.Diagnostics;
using Microsoft.Extensions.Options;
using PolicyGateway.Audit;
using PolicyGateway.Bundles;
using PolicyGateway.Dialects;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>Opens a record for each request and closes it on every way out: audit, metrics and the span's tags.</summary>
internal sealed class Recorder(
    IAuditLog audit, GatewayTelemetry telemetry, IPolicySource policies, ClassifierStore classifiers, Judge judge, TierLadder ladder, IOptions<AuditOptions> options, TimeProvider time)
{
    public RequestRecord Begin(string dialect, string operation = "chat")
    {
        while (true)
        {
            // A policy whose classifier is gone was replaced with it, between the one line and the other.
            var policy = policies.Current;
            if (classifiers.TryEnter(policy.Profile) is { } classifier)
            {
                return new(dialect, operation, classifier, policy, options.Value.SealedEvidence, Caller.Anonymous(ladder), time.GetUtcNow(), time.GetTimestamp());
            }
        }
    }

    /// <summary>Counts a decision and tags the step that made it.</summary>
    public void Decided(RequestRecord record, string side, Decision decision, Verdict verdict)
    {
        record.Decision = decision;
        var severity = SeverityOf(verdict);
        telemetry.Decided(side, decision.Action.Name(), decision.Reason, decision.Category, severity, decision.Mode.Name());
        if (Activity.Current is { IsAllDataRequested: true } step)
        {
            step.SetTag("policygateway.decision", decision.Action.Name());
            step.SetTag("policygateway.reason", decision.Reason);
            step.SetTag("policygateway.category", decision.Category);
            step.SetTag("policygateway.severity", severity);
            step.SetTag("policygateway.rule", decision.Rule);
        }
    }

    /// <summary>Records what would have been decided of an exchange that was let through.</summary>
    public async Task ObservedAsync(RequestRecord record, Completion completion, CancellationToken cancellationToken)
    {
        record.Completion = completion;
        var prompt = record.PromptVerdict = await judge.PromptAsync(record, record.Prompt!, cancellationToken);
        var now = time.GetUtcNow();
        var decision = PolicyTable.DecidePrompt(record.Policy, record.Caller, prompt, record.Prompt!.HasUnclassified, now);
        Decided(record, "prompt", decision, prompt);
        if (!decision.Refuses)
        {
            var verdict = record.CompletionVerdict = await judge.CompletionAsync(record, record.Prompt, completion, cancellationToken);
            decision = PolicyTable.DecideCompletion(record.Policy, record.Caller, verdict, now);
            Decided(record, "completion", decision, verdict);
        }

        if (record.Outcome == Outcome.Released)
        {
            record.End(Outcome.Released, decision.Reason, record.Status);
        }
    }

    /// <summary>Makes the record of a gated release durable; nothing of it may leave before this returns.</summary>
    public async Task CommitIntentAsync(RequestRecord record, CancellationToken cancellationToken)
    {
        using var step = telemetry.Step("record");
        step?.SetTag("policygateway.audit", "commit");
        await audit.CommitAsync(record.ToAudit(AuditEvent.ReleaseIntent, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>The first byte of a completion is about to leave.</summary>
    public void FirstReleased(RequestRecord record)
    {
        record.HasBegun = true;
        telemetry.FirstReleasedByte(time.GetElapsedTime(record.Timestamp), CallOf(record));
    }

    /// <summary>The request is over, however it ended.</summary>
    public void Finish(RequestRecord record)
    {
        Note(record, time.GetUtcNow());
        Count(record);
    }

    /// <summary>Counts a request that is over.</summary>
    public void Count(RequestRecord record)
    {
        telemetry.Finished(
            record.Outcome.Name(), record.Reason, CallOf(record), record.Status, time.GetElapsedTime(record.Timestamp));
        if (record.Usage is { } usage)
        {
            telemetry.Used(usage.Input, usage.Output, CallOf(record));
        }
    }

    /// <summary>Writes its one record, with all that is known of it, and lets go of the classifier that judged it.</summary>
    /// <param name="record">Of a request that is over.</param>
    /// <param name="ended">When that was.</param>
    public void Note(RequestRecord record, DateTimeOffset ended)
    {
        using var step = telemetry.Step("record");
        if (record.ReleasedBytes > 0)
        {
            telemetry.Released(record.ReleasedBytes, (record.CompletionVerdict?.Severity ?? Severity.Benign).Name());
        }

        try
        {
            audit.Note(record.ToAudit(record.Outcome == Outcome.Refused ? AuditEvent.Refusal : AuditEvent.Outcome, ended));
        }
        finally
        {
            record.LeaveClassifier();
        }
    }

    /// <summary>A name that the caller made up must not become a metric's label.</summary>
    public static GenAiCall CallOf(RequestRecord record) => new(record.Operation, record.Dialect, record.IsRouted ? record.Prompt!.Model : "unknown");

    private static string SeverityOf(Verdict verdict) => verdict.IsUnknown ? "unknown" : verdict.Severity.Name();

    /// <summary>What the server span says of the request as a whole.</summary>
    public static void Tag(Activity? server, RequestRecord record)
    {
        if (server is not { IsAllDataRequested: true })
        {
            return;
        }

        var verdict = record.CompletionVerdict ?? record.PromptVerdict;
        GatewayTelemetry.TagOperation(server, CallOf(record));
        if (record.Usage is { } usage)
        {
            server.SetTag("gen_ai.usage.input_tokens", usage.Input);
            server.SetTag("gen_ai.usage.output_tokens", usage.Output);
        }

        server.SetTag("policygateway.decision_id", record.DecisionId);
        server.SetTag("policygateway.mode", record.Mode.ToString().ToLowerInvariant());
        server.SetTag("policygateway.tier", record.Caller.Tier.Name);
        server.SetTag("policygateway.decision", record.Decision?.Action.ToString().ToLowerInvariant());
        server.SetTag("policygateway.severity", verdict is null ? null : SeverityOf(verdict));
        server.SetTag("policygateway.stage", verdict?.Stage);
        server.SetTag("policygateway.model", verdict?.Model);
        if (verdict is not null)
        {
            Judge.Tag(server, verdict);
        }

        server.SetTag("policygateway.outcome", record.Outcome.Name());
        server.SetTag("policygateway.reason", record.Reason);
        server.SetTag("policygateway.category", record.Decision?.Category);
        server.SetTag("policygateway.release_mode", record.ReleaseMode.Name());
        server.SetTag("policygateway.policy_version", record.Policy.Version);
    }
}
