using System.Collections.Immutable;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// Fills in what a category leaves out: a nested one takes its parent's word, and at the top the strictest stands. Only for
/// a document in which the <see cref="PolicyValidator"/> found no fault.
/// </summary>
internal sealed class PolicyCompiler(PolicyDocument document, TierLadder ladder, ClassifierProfile profile)
{
    public const string FallbackHead = "flagged";
    public const string FallbackId = "other";

    private readonly Dictionary<string, PolicyCategory> _compiled = new(StringComparer.Ordinal);

    /// <summary>The categories by id, so that a parent stands before what is nested in it.</summary>
    public ImmutableArray<PolicyCategory> Compile()
    {
        foreach (var category in document.Categories.OrderBy(category => category.Id, StringComparer.Ordinal))
        {
            _compiled[category.Id] = Compile(category);
        }

        // Without a fallback of the policy's own, what is flagged and in no category is closed to everyone.
        if (profile.IndexOf(FallbackHead) >= 0 && !_compiled.Values.Any(category => category.IsFallback))
        {
            _compiled[FallbackId] = Compile(new CategoryDocument(FallbackId, document.Source)
            {
                Title = "Other",
                Head = FallbackHead,
                Fallback = true,
            });
        }

        return [.. _compiled.Values.OrderBy(category => category.Id, StringComparer.Ordinal)];
    }

    private PolicyCategory Compile(CategoryDocument category)
    {
        var key = $"categories.{category.Id}";
        var parent = category.ParentId is { } parentId ? _compiled[parentId] : null;
        var head = profile.IndexOf(category.Head ?? category.Id);
        var inherits = category.Head is null && head < 0 && parent is not null;
        head = inherits ? parent!.HeadIndex : head;
        var bounds = inherits ? parent!.Threshold : profile.Thresholds[head];
        var requires = category.Requires is { } own
            ? new Setting<Requirement?>(Requirement(own), key + ".requires")
            : parent?.Requires ?? new Setting<Requirement?>(null, key + ".requires");
        ImmutableArray<SeverityRule> rules =
            [.. document.Severity.Where(rule => AppliesTo(rule, category.Id)).Select(rule => Compile(rule, head))];

        return new PolicyCategory
        {
            Id = category.Id,
            HeadIndex = head,
            Threshold = new HeadThreshold(
                (float?)category.UncertainThreshold ?? bounds.Uncertain, (float?)category.FlaggedThreshold ?? bounds.Flagged),
            InheritsScore = inherits,
            IsFallback = category.Fallback,
            Rules = rules,
            IsProhibited = rules.Any(rule => rule.IsUnconditional && rule.Severity == Severity.Prohibited),
            Prompt = Row(category.Prompt, parent?.Prompt, key + ".prompt"),
            Completion = Row(category.Completion, parent?.Completion, key + ".completion"),
            Requires = requires,
            RequiredTier = requires.Value is { } requirement ? ladder.Parse(requirement.Tier) : ladder.Highest,
            AllowUnjudged = category.AllowUnjudged ?? parent?.AllowUnjudged ?? false,
            Title = category.Title ?? category.Id,
            Description = category.Description,
            Examples = category.Examples ?? [],
            Issuers = category.Issuers ?? parent?.Issuers ?? [],
            HowLong = category.HowLong ?? parent?.HowLong,
            Approvals = (int?)category.Approvals ?? parent?.Approvals ?? 1,
            LongestGrant = category.LongestGrantDays is { } days ? TimeSpan.FromDays(days) : parent?.LongestGrant ?? TimeSpan.FromDays(90),
            VerificationUri = category.VerificationUri is { } uri ? new Uri(uri) : parent?.VerificationUri,
        };
    }

    private SeverityRule Compile(SeverityRuleDocument rule, int ownHead)
    {
        if (rule.Head is null && rule.AtLeast is null)
        {
            return new SeverityRule(rule.Severity, -1, 0, rule.Source.Key);
        }

        var head = rule.Head is null ? ownHead : profile.IndexOf(rule.Head);
        return new SeverityRule(rule.Severity, head, (float?)rule.AtLeast ?? profile.Thresholds[head].Flagged, rule.Source.Key);
    }

    private static bool AppliesTo(SeverityRuleDocument rule, string id) =>
        rule.Category is null
        || string.Equals(rule.Category, id, StringComparison.Ordinal)
        || id.StartsWith(rule.Category + ".", StringComparison.Ordinal);

    private static Requirement Requirement(RequiresDocument requires) => new(
        requires.Tier!,
        requires.AnyOf!.Value,
        requires.AcrValues,
        requires.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        requires.SenderConstrained)
    {
        CredentialMaxAge = requires.CredentialMaxAge is { } age ? TimeSpan.FromSeconds(age) : null,
        CredentialAssurance = requires.CredentialAssurance,
    };

    private static PolicyRow Row(RowDocument own, PolicyRow? parent, string key) => new(
        own.Uncertain is { } uncertain
            ? new(uncertain, key + ".uncertain")
            : parent?.Uncertain ?? new(PolicyResponse.Refuse, key + ".uncertain"),
        own.Flagged is { } flagged
            ? new(flagged, key + ".flagged")
            : parent?.Flagged ?? new(PolicyResponse.Refuse, key + ".flagged"));
}
