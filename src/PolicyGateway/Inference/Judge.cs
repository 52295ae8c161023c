using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Options;
using PolicyGateway.Bundles;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Guard;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>
/// Puts the texts of a prompt or a completion before the classifier; the strictest score of each head counts. What it is in doubt
/// about the operator's guard decides, where there is one, and what the backend says makes it stricter, last.
/// </summary>
internal sealed class Judge(CandidateJudge candidate, GuardClient guard, GatewayTelemetry telemetry, IOptions<ClassifierOptions> options, TimeProvider time)
{
    public Task<Verdict> PromptAsync(RequestRecord record, Prompt prompt, CancellationToken cancellationToken) =>
        JudgeAsync(record, TextKind.Prompt, prompt.Texts, string.Empty, [], cancellationToken);

    /// <summary>What the classifier alone says.</summary>
    public async Task<Verdict> ClassifyAsync(RequestRecord record, Prompt prompt, CancellationToken cancellationToken)
    {
        using var step = Step();
        return (await ClassifyAsync(step, record, TextKind.Prompt, prompt.Texts, string.Empty, cancellationToken)).Verdict;
    }

    public Task<Verdict> CompletionAsync(RequestRecord record, Prompt prompt, Completion completion, CancellationToken cancellationToken) =>
        completion.HasUnclassified || completion.Fault is not null
            ? Task.FromResult(Verdict.Unknown(Unreadable(record)))
            : JudgeAsync(record, TextKind.Completion, completion.Texts, prompt.Whole, record.Signals.With(completion.Annotations), cancellationToken);

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

        var scores = await record.Classifier.ClassifyAsync(input.Within(options.Value.TotalDeadline, time), texts, cancellationToken);
        candidate.Offer(record.Policy, input, texts, scores);
        return scores;
    }

    /// <summary>Starts the span of judging.</summary>
    public Activity? Step() => telemetry.Step("classify");

    /// <summary>No verdict: something in a text cannot be read.</summary>
    public static Scores Unreadable(RequestRecord record) => Scores.Unknown(UnknownReason.RuntimeFailure, "none", record.Classifier.Profile.Model);

    /// <summary>What scores mean under a policy, once all of a side is scored.</summary>
    public Verdict Conclude(PolicySnapshot policy, TextKind kind, Scores scores, TimeSpan elapsed)
    {
        var side = kind == TextKind.Prompt ? "prompt" : "completion";
        telemetry.Classified(side, scores.Stage, scores.Model, scores.UnknownReason.ToString(), elapsed);
        telemetry.Queued(side, scores.QueueWait);
        return scores.IsUnknown ? Verdict.Unknown(scores) : policy.Judge(scores);
    }

    /// <summary>Lets the guard decide a doubt; any other verdict, and one that it has no answer to, stays as it is.</summary>
    /// <param name="policy">What the verdict was given under.</param>
    /// <param name="judged">Scores and verdict of the text.</param>
    /// <param name="prompt">All that was asked.</param>
    /// <param name="completion">The text of an answer; null where the prompt itself is in doubt.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    public async ValueTask<Judged> GuardAsync(PolicySnapshot policy, Judged judged, string prompt, string? completion, CancellationToken cancellationToken)
    {
        if (!IsForGuard(policy, judged))
        {
            return judged;
        }

        using var step = telemetry.Step("guard");
        var answer = await guard.AskAsync(prompt, completion, cancellationToken);
        step?.SetTag("policygateway.guard.answer", answer.Name());
        var doubt = judged.Verdict.Leading!.Value;
        var scores = answer.Counts() ? SignalFusion.Decided(policy, judged.Scores, judged.Verdict, answer == GuardAnswer.Safe) : judged.Scores;
        var verdict = policy.Judge(scores);
        var effect = verdict.Leading is not { } leading ? SignalEffect.Cleared : leading.Band > doubt.Band ? SignalEffect.Stricter : SignalEffect.None;
        return new(scores, verdict with { Signals = [new FusedSignal(SignalFusion.GuardSource, doubt.Category, doubt.Confidence, effect)] });
    }

    /// <summary>Whether there is a guard, and something for it to decide.</summary>
    public bool IsForGuard(PolicySnapshot policy, Judged judged) => guard.IsOn && policy.IsInDoubt(judged.Scores, judged.Verdict);

    private async Task<Verdict> JudgeAsync(
        RequestRecord record, TextKind kind, JudgedTexts texts, string prompt, ImmutableArray<Signal> signals, CancellationToken cancellationToken)
    {
        using var step = Step();
        var judged = await ClassifyAsync(step, record, kind, texts, prompt, cancellationToken);
        judged = kind == TextKind.Prompt
            ? await GuardAsync(record.Policy, judged, texts.Whole, null, cancellationToken)
            : await GuardAsync(record.Policy, judged, prompt, texts.Whole, cancellationToken);
        var verdict = SignalFusion.WithSignals(record.Policy, judged.Scores, judged.Verdict, signals);
        Tag(step, verdict);
        return verdict;
    }

    private async ValueTask<Judged> ClassifyAsync(
        Activity? step, RequestRecord record, TextKind kind, JudgedTexts texts, string prompt, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var scores = await ScoreAsync(record, kind, texts, prompt, cancellationToken);
        Tag(step, scores, texts.Count);
        return new(scores, Conclude(record.Policy, kind, scores, time.GetElapsedTime(started)));
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

/// <summary>What was scored, and what it means.</summary>
internal readonly record struct Judged(Scores Scores, Verdict Verdict);
