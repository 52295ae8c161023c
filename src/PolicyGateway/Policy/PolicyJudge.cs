using System.Collections.Concurrent;
using System.Collections.Immutable;
using PolicyGateway.Classification;

namespace PolicyGateway.Policy;

/// <summary>
/// Scores to verdict. Every category is held against its own thresholds: no category hides another, and nothing is decided
/// by which score is the highest. Clear texts, the many, cost one pass over the categories and no allocation.
/// </summary>
internal sealed class PolicyJudge(ImmutableArray<PolicyCategory> categories, ClassifierProfile profile)
{
    // One verdict per stage and model; the bound is for a classifier that makes up a model name per text.
    private const int MostClearVerdicts = 64;

    private readonly ConcurrentDictionary<(string Stage, string Model), Verdict> _clear = new();
    private readonly int _prohibited = profile.IndexOf(LabelMap.Prohibited);
    private readonly PolicyCategory? _fallback = categories.FirstOrDefault(category => category.IsFallback);

    public Verdict Judge(Scores scores)
    {
        if (scores.IsUnknown)
        {
            return Verdict.Unknown(scores);
        }

        var probabilities = scores.Probabilities.AsSpan();
        if (!AreProbabilities(probabilities))
        {
            return Verdict.Unknown(scores with { UnknownReason = UnknownReason.RuntimeFailure });
        }

        ImmutableArray<Finding>.Builder? findings = null;
        foreach (var category in categories)
        {
            if (!category.IsFallback && category.BandOf(probabilities[category.HeadIndex]) is var band and not Band.Clear)
            {
                (findings ??= ImmutableArray.CreateBuilder<Finding>()).Add(Find(category, band, probabilities));
            }
        }

        findings?.Sort(LeadingFirst);
        Attribute(ref findings, probabilities);
        return findings is null ? Clear(scores) : new Verdict(SeverityOf(findings), findings.ToImmutable(), scores.Stage, scores.Model);
    }

    /// <summary>
    /// Whether all that stands against a text is a doubt: something does, each of it lies between the edges of its band,
    /// nothing of it would be prohibited, and the head of what is prohibited is below its own band.
    /// </summary>
    public bool IsInDoubt(Scores scores, Verdict verdict)
    {
        if (verdict.IsUnknown || verdict.Findings.IsEmpty || (_prohibited >= 0 && scores.Probabilities[_prohibited] >= profile.Thresholds[_prohibited].Uncertain))
        {
            return false;
        }

        foreach (var finding in verdict.Findings)
        {
            if (finding is not { Band: Band.Uncertain, Severity: < Severity.Prohibited })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The index of a head in scores, or -1.</summary>
    public int HeadOf(string head) => profile.IndexOf(head);

    /// <summary>
    /// A text that is flagged as a whole is flagged in some category: in the likeliest of those in doubt, or else in the
    /// fallback.
    /// </summary>
    private void Attribute(ref ImmutableArray<Finding>.Builder? findings, ReadOnlySpan<float> probabilities)
    {
        var band = _fallback?.BandOf(probabilities[_fallback.HeadIndex]) ?? Band.Clear;
        if (band == Band.Clear)
        {
            return;
        }

        if (findings is null)
        {
            findings = ImmutableArray.CreateBuilder<Finding>();
            findings.Add(Find(_fallback!, band, probabilities));
        }
        else if (band == Band.Flagged && findings[0].Band == Band.Uncertain)
        {
            // Those that share its score, for want of heads of their own, go with it.
            var leading = findings[0].Confidence;
            for (var i = 0; i < findings.Count && findings[i].Confidence >= leading; i++)
            {
                findings[i] = findings[i] with { Band = Band.Flagged };
            }
        }
    }

    private static Finding Find(PolicyCategory category, Band band, ReadOnlySpan<float> probabilities)
    {
        var severity = category.SeverityOf(probabilities);
        return new Finding(category.Id, probabilities[category.HeadIndex], band, severity.Value) { SeverityRule = severity.Key };
    }

    private static Severity SeverityOf(ImmutableArray<Finding>.Builder findings)
    {
        var severity = Severity.Benign;
        foreach (var finding in findings)
        {
            if (finding.Band == Band.Flagged && finding.Severity > severity)
            {
                severity = finding.Severity;
            }
        }

        return severity;
    }

    private Verdict Clear(Scores scores)
    {
        if (_clear.TryGetValue((scores.Stage, scores.Model), out var known))
        {
            return known;
        }

        var verdict = new Verdict(Severity.Benign, [], scores.Stage, scores.Model);
        if (_clear.Count < MostClearVerdicts)
        {
            _clear.TryAdd((scores.Stage, scores.Model), verdict);
        }

        return verdict;
    }

    /// <summary>As many values as heads, each in [0, 1]; NaN is in no interval.</summary>
    private bool AreProbabilities(ReadOnlySpan<float> values)
    {
        if (values.Length != profile.Heads.Length)
        {
            return false;
        }

        foreach (var value in values)
        {
            if (value is not (>= 0 and <= 1))
            {
                return false;
            }
        }

        return true;
    }

    public static int LeadingFirst(Finding left, Finding right)
    {
        var order = right.Band.CompareTo(left.Band);
        order = order != 0 ? order : right.Confidence.CompareTo(left.Confidence);
        return order != 0 ? order : string.CompareOrdinal(left.Category, right.Category);
    }
}
