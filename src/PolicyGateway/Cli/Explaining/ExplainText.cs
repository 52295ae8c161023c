using System.Text;
using PolicyGateway.Classification;
using PolicyGateway.Classification.Explanation;
using PolicyGateway.Evaluation.Rows;

namespace PolicyGateway.Cli.Explaining;

/// <summary>What is asked of a text.</summary>
/// <param name="Words">The text, word by word; standard input is read where there is none.</param>
/// <param name="Kind">Prompt or completion.</param>
/// <param name="Prompt">For a completion, the prompt that it answers.</param>
/// <param name="Caller">Who asks.</param>
/// <param name="Head">The head to explain; null takes the one that decided.</param>
/// <param name="Passages">How many passages are left out at most.</param>
/// <param name="Time">How long that may take.</param>
/// <param name="AsJson">Whether the answer is JSON.</param>
internal sealed record ExplainedText(
    string[] Words, TextKind Kind, string? Prompt, AskingCaller Caller, string? Head, int Passages, TimeSpan Time, bool AsJson);

/// <summary><c>explain --text</c>: from a text to the decision, and back to what in the text it came of.</summary>
internal sealed class ExplainText(ToolSettings settings, TextReader input, TextWriter output, TextWriter errors, TimeProvider time)
{
    /// <exception cref="CommandFault">Something that was named is not there, or does not verify.</exception>
    public async Task<int> RunAsync(ExplainedText asked, CancellationToken cancellationToken)
    {
        if (asked.Caller.Fault(settings.Ladder) is { } fault)
        {
            throw new CommandFault($"--tier: {fault}");
        }

        await using var explainer = settings.LoadExplainer();
        var (policy, profile, now) = (settings.LoadPolicy(explainer.Profile), explainer.Profile, time.GetUtcNow());
        if (asked.Head is not null && profile.IndexOf(asked.Head) < 0)
        {
            throw new CommandFault($"--head: '{asked.Head}' is no head of this model. It has: {string.Join(", ", profile.Heads)}.");
        }

        var text = asked.Words.Length > 0 ? string.Join(' ', asked.Words) : await ReadAsync(cancellationToken);
        var progress = new ClassifyProgress(errors, !Console.IsErrorRedirected, time, "texts scored");
        var read = await explainer.ReadAsync(new ClassifierInput(asked.Kind, text.AsMemory(), asked.Prompt.AsMemory()), progress.Done, cancellationToken);
        var verdict = policy.Judge(read.Scores);
        var caller = asked.Caller.ToCaller(settings.Ladder, now);
        var decision = DecisionAnswer.Decide(policy, caller, verdict, asked.Kind == TextKind.Prompt, now);

        (int, TextEvidence)? weighed = null;
        if (!verdict.IsUnknown)
        {
            var head = asked.Head is not null
                ? profile.IndexOf(asked.Head)
                : DecidingHead.Of(policy, verdict, decision, read.Scores.Probabilities, new Edges(profile, policy.Categories));
            var bounds = new EvidenceBounds(asked.Passages, asked.Time, settings.Classifier.EncoderLanes);
            weighed = (head, await explainer.WeighAsync(read, head, bounds, progress.Done, cancellationToken));
        }

        progress.Finish();
        Write(asked.AsJson, DecisionAnswer.Of(policy, caller, verdict, decision, now), TextReport.Of(policy, profile, read, verdict, weighed, settings));
        return 0;
    }

    private void Write(bool asJson, IReadOnlyList<(string, string?)> answer, TextReport report)
    {
        if (asJson)
        {
            TextReportWriter.WriteJson(answer, report, output);
        }
        else
        {
            TextReportWriter.WriteText(answer, report, output);
        }
    }

    /// <summary>Standard input to its end, but no more than it takes to see that it is too long.</summary>
    private async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[64 * 1024];
        while (text.Length <= settings.Classifier.MaxCharacters && await input.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            text.Append(buffer, 0, count);
        }

        return text.ToString();
    }
}
