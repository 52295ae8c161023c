using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Dialects;
using PolicyGateway.Policy;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Inference;

/// <summary>Puts the texts of a prompt or a completion before the classifier; the strictest score of each head counts.</summary>
internal sealed class Judge(IClassifier classifier, GatewayTelemetry telemetry, TimeProvider time)
{
    public string Model => classifier.Profile.Model;

    public Task<Verdict> PromptAsync(PolicySnapshot policy, Prompt prompt, CancellationToken cancellationToken) =>
        JudgeAsync(policy, TextKind.Prompt, prompt.Texts, string.Empty, cancellationToken);

    public Task<Verdict> CompletionAsync(PolicySnapshot policy, Prompt prompt, Completion completion, CancellationToken cancellationToken) =>
        completion.HasUnclassified || completion.Fault is not null
            ? Task.FromResult(Verdict.Unknown(Scores.Unknown(UnknownReason.RuntimeFailure, "none", Model)))
            : JudgeAsync(policy, TextKind.Completion, completion.Texts, prompt.Whole, cancellationToken);

    private async Task<Verdict> JudgeAsync(
        PolicySnapshot policy, TextKind kind, ImmutableArray<string> texts, string prompt, CancellationToken cancellationToken)
    {
        using var step = telemetry.Step("classify");
        var started = time.GetTimestamp();
        var scores = await ScoreAsync(kind, texts, prompt, cancellationToken);
        telemetry.Classified(
            kind == TextKind.Prompt ? "prompt" : "completion", scores.Stage, scores.Model, scores.UnknownReason.ToString(), time.GetElapsedTime(started));
        telemetry.Queued(kind == TextKind.Prompt ? "prompt" : "completion", scores.QueueWait);
        step?.SetTag("policygateway.stage", scores.Stage);
        step?.SetTag("policygateway.model", scores.Model);
        step?.SetTag("policygateway.texts", texts.Length);
        step?.SetTag("policygateway.windows", scores.Windows);
        return policy.Judge(scores);
    }

    private async ValueTask<Scores> ScoreAsync(TextKind kind, ImmutableArray<string> texts, string prompt, CancellationToken cancellationToken)
    {
        // Nothing to scan is not nothing to decide: an empty text is scored, too.
        if (texts.IsEmpty)
        {
            return await classifier.ClassifyAsync(new ClassifierInput(kind, default, prompt.AsMemory()), cancellationToken);
        }

        var first = await classifier.ClassifyAsync(new ClassifierInput(kind, texts[0].AsMemory(), prompt.AsMemory()), cancellationToken);
        if (texts.Length == 1 || first.IsUnknown)
        {
            return first;
        }

        var (most, windows, waited) = (first.Probabilities.ToArray(), first.Windows, first.QueueWait);
        for (var i = 1; i < texts.Length; i++)
        {
            var next = await classifier.ClassifyAsync(new ClassifierInput(kind, texts[i].AsMemory(), prompt.AsMemory()), cancellationToken);
            if (next.IsUnknown)
            {
                return next with { QueueWait = waited + next.QueueWait };
            }

            for (var head = 0; head < most.Length; head++)
            {
                most[head] = Math.Max(most[head], next.Probabilities[head]);
            }

            windows += next.Windows;
            waited += next.QueueWait;
        }

        return first with { Probabilities = ImmutableCollections.Take(most), Windows = windows, QueueWait = waited };
    }

    private static class ImmutableCollections
    {
        /// <summary>Wraps an array that nobody else writes to.</summary>
        public static ImmutableArray<float> Take(float[] values) =>
            System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(values);
    }
}
