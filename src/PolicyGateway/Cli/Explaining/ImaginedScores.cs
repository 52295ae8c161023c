using PolicyGateway.Classification;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli.Explaining;

/// <summary>A question to the policy, without a text: who asks, and what a model would say.</summary>
/// <param name="Caller">Who asks.</param>
/// <param name="Categories">The categories that it would find.</param>
/// <param name="Score">Their probability.</param>
/// <param name="Prohibited">The probability of the head <c>prohibited</c>.</param>
/// <param name="IsPrompt">Prompt or completion.</param>
/// <param name="AsTable">Whether everything is asked at once.</param>
internal sealed record ImaginedScores(AskingCaller Caller, string[] Categories, float Score, float Prohibited, bool IsPrompt, bool AsTable)
{
    public IEnumerable<string> Faults(PolicySnapshot policy, TierLadder ladder)
    {
        if (Caller.Fault(ladder) is { } fault)
        {
            yield return $"--tier: {fault}";
        }

        var known = string.Join(", ", policy.Categories.Select(category => category.Id));
        foreach (var unknown in Categories.Where(category => !policy.TryGet(category, out _)))
        {
            yield return $"--category: '{unknown}' is no category of this policy. It has: {known}.";
        }

        if (Score is not (>= 0 and <= 1) || Prohibited is not (>= 0 and <= 1))
        {
            yield return "--score, --prohibited-score: a probability is from 0 to 1.";
        }
    }

    public Scores Scores(PolicySnapshot policy, ClassifierProfile heads)
    {
        var probabilities = new float[heads.Heads.Length];
        foreach (var category in policy.Categories.Where(category => Categories.Contains(category.Id, StringComparer.Ordinal)))
        {
            probabilities[category.HeadIndex] = Score;
        }

        if (heads.IndexOf("prohibited") is >= 0 and var head)
        {
            probabilities[head] = Prohibited;
        }

        return new Scores([.. probabilities], "explain", heads.Model, 1);
    }
}
