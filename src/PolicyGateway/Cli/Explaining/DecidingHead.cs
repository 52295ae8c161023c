using System.Collections.Immutable;
using PolicyGateway.Evaluation.Rows;
using PolicyGateway.Policy;

namespace PolicyGateway.Cli.Explaining;

/// <summary>Which head of the model a decision came of.</summary>
internal static class DecidingHead
{
    /// <summary>
    /// The head that the severity rule asks, where one decided; else the head of the category that decided, or the one that
    /// pushed it over its threshold; else, where nothing was found, the head that came nearest to finding something.
    /// </summary>
    /// <param name="policy">The policy that decided.</param>
    /// <param name="verdict">A verdict that is not unknown.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="probabilities">One per head.</param>
    /// <param name="edges">The thresholds in force.</param>
    public static int Of(PolicySnapshot policy, Verdict verdict, Decision decision, ImmutableArray<float> probabilities, Edges edges)
    {
        if (decision.Category is null || !policy.TryGet(decision.Category, out var category))
        {
            return Nearest(probabilities, edges);
        }

        if (category.Rules.Where(rule => rule.Key == decision.Rule && !rule.IsUnconditional).ToList() is [var rule, ..])
        {
            return rule.HeadIndex;
        }

        // A text that is flagged as a whole, and only in doubt in a category, counts there.
        var found = verdict.Findings.First(finding => finding.Category == decision.Category);
        return found.Band == Band.Flagged && category.BandOf(found.Confidence) != Band.Flagged
            ? policy.Categories.First(other => other.IsFallback).HeadIndex
            : category.HeadIndex;
    }

    private static int Nearest(ImmutableArray<float> probabilities, Edges edges) =>
        Enumerable.Range(0, probabilities.Length).MaxBy(head => TextOdds(probabilities[head]) - TextOdds(edges[head].Uncertain));

    private static double TextOdds(double probability) => Math.Log(probability + 1e-9) - Math.Log(1 - probability + 1e-9);
}
