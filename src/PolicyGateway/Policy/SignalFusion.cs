using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PolicyGateway.Classification;

namespace PolicyGateway.Policy;

/// <summary>
/// Puts what others say of a text beside what the classifier says. A backend can only add to a verdict: its score is judged
/// as if the classifier had given it, and what comes of that is put beside the findings that are there, none of which goes.
/// The operator's own guard decides what is in doubt, both ways, and nothing else.
/// </summary>
internal static class SignalFusion
{
    /// <summary>The source of what the guard said.</summary>
    public const string GuardSource = "guard";

    /// <summary>The verdict with a backend's signals; never less strict than the one without, under any policy.</summary>
    /// <param name="policy">The snapshot that gave the verdict.</param>
    /// <param name="scores">What it was given for.</param>
    /// <param name="verdict">The verdict without signals.</param>
    /// <param name="signals">What the backend says.</param>
    public static Verdict WithSignals(PolicySnapshot policy, Scores scores, Verdict verdict, ImmutableArray<Signal> signals)
    {
        if (signals.IsDefaultOrEmpty)
        {
            return verdict;
        }

        var raised = scores;
        var fused = ImmutableArray.CreateBuilder<FusedSignal>(signals.Length);
        foreach (var signal in signals)
        {
            var before = verdict;
            if (!verdict.IsUnknown && policy.HeadOf(signal.Head) is >= 0 and var head)
            {
                // Together with those before it: one may say what a text is about, and another how grave it is.
                raised = Raise(raised, [head], signal.Score);
                verdict = Join(verdict, policy.Judge(raised));
            }

            var isStricter = !ReferenceEquals(before, verdict);
            fused.Add(new FusedSignal(signal.Source, signal.Head, signal.Score, isStricter ? SignalEffect.Stricter : SignalEffect.None));
        }

        return verdict with { Signals = verdict.Signals.AddRange(fused) };
    }

    /// <summary>
    /// The scores of a text once the guard has decided: as of one that is clear, or as found in all that was in doubt. Those of a
    /// verdict that is no doubt (<see cref="PolicySnapshot.IsInDoubt"/>) stay as they are.
    /// </summary>
    public static Scores Decided(PolicySnapshot policy, Scores scores, Verdict verdict, bool isSafe)
    {
        if (!policy.IsInDoubt(scores, verdict))
        {
            return scores;
        }

        scores = scores with { Stage = GuardSource };
        if (isSafe)
        {
            return scores with { Probabilities = [.. new float[scores.Probabilities.Length]] };
        }

        var heads = new List<int>(verdict.Findings.Length);
        foreach (var finding in verdict.Findings)
        {
            if (policy.TryGet(finding.Category, out var category))
            {
                heads.Add(category.HeadIndex);
            }
        }

        return Raise(scores, heads, 1);
    }

    private static Scores Raise(Scores scores, IEnumerable<int> heads, float score)
    {
        float[] raised = [.. scores.Probabilities];
        foreach (var head in heads)
        {
            raised[head] = Math.Max(raised[head], score);
        }

        return scores with { Probabilities = ImmutableCollectionsMarshal.AsImmutableArray(raised) };
    }

    /// <summary>All findings of both; those of the second stay out that say no more than one of the first. The first where that is all.</summary>
    private static Verdict Join(Verdict first, Verdict second)
    {
        var added = second.Findings.Where(finding => !first.Findings.Any(found => Covers(found, finding))).ToList();
        if (added.Count == 0)
        {
            return first;
        }

        return first with
        {
            Severity = first.Severity > second.Severity ? first.Severity : second.Severity,
            Findings = [.. first.Findings.Concat(added).Order(Comparer<Finding>.Create(PolicyJudge.LeadingFirst))],
        };
    }

    private static bool Covers(Finding found, Finding other) =>
        found.Category == other.Category && found.Band >= other.Band && found.Severity >= other.Severity;
}
