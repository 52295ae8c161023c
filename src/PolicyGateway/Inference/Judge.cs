using System.Collections.Immutable;
using System.Diagnostics;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>Puts the texts of a prompt or a completion before the classifier; the strictest score of each head counts.</summary>
internal sealed class Judge(IClassifier classifier, GatewayTelemetry telemetry, TimeProvider time)
{
    public string Model => classifier.Profile.Model;

    public Task<Verdict> PromptAsync(RequestRecord record, Prompt prompt, CancellationToken cancellationToken) =>
        JudgeAsync(record, TextKind.Prompt, prompt.Texts, string.Empty, cancellationToken);

    public Task<Verdict> CompletionAsync(RequestRecord record, Prompt prompt, Completion completion, CancellationToken cancellationToken) =>
        completion.HasUnclassified || completion.Fault is not null
            ? Task.FromResult(Verdict.Unknown(Unreadable))
            : JudgeAsync(record, TextKind.Completion, completion.Texts, prompt.Whole, cancellationToken, record.Signals.With(completion.Annotations));

    /// <summary>Scores texts one by one; the strictest score of each head counts.</summary>
    public async ValueTask<Scores> ScoreAsync(
        RequestRecord record, TextKind kind, IReadOnlyList<string> texts, string prompt, CancellationToken cancellationToken)
    {
        // What a client waits for comes first: one that has begun to read, or is not held up at all, can wait.
        var input = new ClassifierInput(kind, default, prompt.AsMemory())
        {
            Owner = record.Caller.Tenant ?? "",
            IsLater = record.HasBegun || record.Mode != PolicyMode.Enforce,
        };

        // Nothing to scan is not nothing to decide: an empty text is scored, too.
        var scores = await classifier.ClassifyAsync(input with { Text = texts.Count == 0 ? default : texts[0].AsMemory() }, cancellationToken);
        for (var i = 1; i < texts.Count && !scores.IsUnknown; i++)
        {
            scores = Scores.Strictest(scores, await classifier.ClassifyAsync(input with { Text = texts[i].AsMemory() }, cancellationToken));
        }

        return scores;
    }

    /// <summary>Starts the span of judging.</summary>
    public Activity? Step() => telemetry.Step("classify");

    /// <summary>No verdict: something in a text cannot be read.</summary>
    public Scores Unreadable => Scores.Unknown(UnknownReason.RuntimeFailure, "none", Model);

    /// <summary>What scores mean under a policy, once all of a side is scored.</summary>
    public Verdict Conclude(PolicySnapshot policy, TextKind kind, Scores scores, TimeSpan elapsed)
    {
        var side = kind == TextKind.Prompt ? "prompt" : "completion";
        telemetry.Classified(side, scores.Stage, scores.Model, scores.UnknownReason.ToString(), elapsed);
        telemetry.Queued(side, scores.QueueWait);
        return scores.IsUnknown ? Verdict.Unknown(scores) : policy.Judge(scores);
    }

    private async Task<Verdict> JudgeAsync(
        RequestRecord record, TextKind kind, JudgedTexts texts, string prompt, CancellationToken cancellationToken, ImmutableArray<Signal> signals = default)
    {
        using var step = Step();
        var started = time.GetTimestamp();
        var scores = await ScoreAsync(record, kind, texts, prompt, cancellationToken);
        Tag(step, scores, texts.Count);
        var verdict = SignalFusion.WithSignals(record.Policy, scores, Conclude(record.Policy, kind, scores, time.GetElapsedTime(started)), signals);
        Tag(step, verdict);
        return verdict;
    }

    /// <summary>What others than the classifier said, and what came of it.</summary>
    public static void Tag(Activity? step, Verdict verdict)
    {
        if (step is not null && !verdict.Signals.IsEmpty)
        {
            step.SetTag("policygateway.signals", verdict.Signals.Select(static signal => signal.ToString()).ToArray());
        }
    }

    public static void Tag(Activity? step, Scores scores, int texts)
    {
        step?.SetTag("policygateway.stage", scores.Stage);
        step?.SetTag("policygateway.model", scores.Model);
        step?.SetTag("policygateway.texts", texts);
        step?.SetTag("policygateway.windows", scores.Windows);
        step?.SetTag("policygateway.views", scores.Views);
    }
}
