using System.Text.RegularExpressions;
using PolicyGateway.Classification;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>
/// What no single key can say of itself: relations between keys, and to the tiers and the classifier of this deployment.
/// Finds every fault in one pass. A fault stops the policy; a warning is for the operator to know.
/// </summary>
internal sealed partial class PolicyValidator(
    PolicyDocument document, TierLadder ladder, ClassifierProfile profile, List<PolicyFault> faults, List<PolicyFault> warnings)
{
    private readonly Dictionary<string, CategoryDocument> _categories =
        document.Categories.ToDictionary(category => category.Id, StringComparer.Ordinal);

    public void Validate()
    {
        if (document.Name is null && document.Source.Find("name") is null)
        {
            Fault(document.Source, "name", "Give the policy a name.");
        }

        if (document.Categories.IsEmpty)
        {
            Fault(document.Source, "categories", "A policy needs at least one category.");
        }

        if (document.Tenants.Any(tenant => string.IsNullOrWhiteSpace(tenant.Name)))
        {
            Fault(document.Source, "tenants", "A tenant without a name is nobody: callers without a tenant are subject to 'mode'.");
        }

        foreach (var tenant in document.Tenants.Where(tenant => tenant.Mode == PolicyMode.Off))
        {
            Warn(document.Source, $"tenants.{tenant.Name}.mode", "Nothing that this tenant sends or receives is classified.");
        }

        foreach (var rule in document.Severity)
        {
            ValidateRule(rule);
        }

        foreach (var category in document.Categories)
        {
            ValidateCategory(category);
        }

        ValidateFallback();
        ValidateUnknown();
        WarnOfUnusedHeads();
    }

    private void ValidateRule(SeverityRuleDocument rule)
    {
        if (rule.Category is not null && !_categories.ContainsKey(rule.Category))
        {
            Fault(rule.Source, "category", $"'{rule.Category}' is no category of this policy.");
        }

        if (rule.Head is not null && profile.IndexOf(rule.Head) < 0)
        {
            Fault(rule.Source, "head", $"The classifier has no head '{rule.Head}'. It has: {string.Join(", ", profile.Heads)}.");
        }

        if (!IsProbability(rule.AtLeast))
        {
            Fault(rule.Source, "at_least", "A bound is a probability above 0 and at most 1.");
        }

        if (rule is { Category: null, Head: null, AtLeast: null })
        {
            Warn(rule.Source, "category", "This rule names no category and no head: it prohibits every flagged text to everyone.");
        }
    }

    private void ValidateCategory(CategoryDocument category)
    {
        if (!CategoryId().IsMatch(category.Id))
        {
            Fault(category.Source, null, "A category id is of small letters, digits and underscores; a dot nests it in another.");
        }

        if (category.ParentId is { } parent && !_categories.ContainsKey(parent))
        {
            Fault(category.Source, null, $"It is nested in '{parent}', which is no category of this policy.");
        }

        ValidateHead(category);
        ValidateRequires(category);
        if (category.VerificationUri is { } address && !IsWebAddress(address))
        {
            Fault(category.Source, "verification_uri", $"'{address}' is no absolute http or https address.");
        }

        if (category.Approvals is { } approvals && (approvals is < 1 or > 5 || approvals % 1 != 0))
        {
            Fault(category.Source, "approvals", "How many approvers must agree: a whole number from 1 to 5.");
        }

        if (category.LongestGrantDays is < 1 or > 3_660)
        {
            Fault(category.Source, "longest_grant_days", "The longest grant: 1 to 3,660 days.");
        }

        if (category.AllowUnjudged == true)
        {
            Warn(category.Source, "allow_unjudged", "Accepts that text of this category leaves before it is judged.");
        }

        if (category.Completion.Flagged is PolicyResponse.Allow or PolicyResponse.Log)
        {
            Warn(category.Source, "completion.flagged", "Completions of this category are released to everyone.");
        }
    }

    private void ValidateHead(CategoryDocument category)
    {
        var name = category.Head ?? category.Id;
        if (profile.IndexOf(name) >= 0)
        {
            ValidateThreshold(category);
            return;
        }

        if (category.Head is not null)
        {
            Fault(category.Source, "head", $"The classifier has no head '{name}'. It has: {string.Join(", ", profile.Heads)}.");
        }
        else if (category.ParentId is not { } parent)
        {
            Fault(
                category.Source, "head", $"The classifier has no head '{name}', so nothing would ever be in this category: name one of its heads.");
        }
        else
        {
            Warn(
                category.Source,
                "head",
                $"The classifier has no head '{name}': the score of '{parent}' stands for it, and both are always found together.");
            ValidateThreshold(category);
        }
    }

    private void ValidateThreshold(CategoryDocument category)
    {
        if (!IsProbability(category.UncertainThreshold) || !IsProbability(category.FlaggedThreshold))
        {
            Fault(category.Source, "threshold", "A threshold is a probability above 0 and at most 1.");
        }
        else if (BoundsOf(category) is { } bounds && bounds.Uncertain > bounds.Flagged)
        {
            Fault(
                category.Source,
                "threshold",
                $"The uncertain band begins at {bounds.Uncertain:0.###}, above the flagged threshold {bounds.Flagged:0.###}.");
        }
    }

    /// <summary>The thresholds that would hold; null where neither the category nor one above it has a head.</summary>
    private HeadThreshold? BoundsOf(CategoryDocument category)
    {
        var head = profile.IndexOf(category.Head ?? category.Id);
        HeadThreshold? bounds = head >= 0 ? profile.Thresholds[head]
            : category.ParentId is { } parent && _categories.TryGetValue(parent, out var above) ? BoundsOf(above)
            : null;
        return bounds is { } given
            ? new HeadThreshold((float?)category.UncertainThreshold ?? given.Uncertain, (float?)category.FlaggedThreshold ?? given.Flagged)
            : null;
    }

    private void ValidateRequires(CategoryDocument category)
    {
        if (category.Requires is not { } requires)
        {
            return;
        }

        if (requires.Source.Find("tier") is null)
        {
            Fault(requires.Source, "tier", $"Name the lowest tier that opens it: {Tiers()}.");
        }
        else if (requires.Tier is not null && !ladder.TryGet(requires.Tier, out _))
        {
            Fault(requires.Source, "tier", $"'{requires.Tier}' is no tier. The tiers are: {Tiers()}.");
        }

        if (requires.Source.Find("any_of") is null)
        {
            Fault(requires.Source, "any_of", "List the credentials of which one is needed, or [] where the tier alone is enough.");
        }

        // A year is longer than any login should count, and keeps the number inside a time span.
        if (requires.MaxAge is not null and not (>= 1 and <= 31_536_000))
        {
            Fault(requires.Source, "max_age", "The age of a login is given in seconds, from 1 to 31536000.");
        }

        if (requires.CredentialMaxAge is not null and not (>= 1 and <= 315_360_000))
        {
            Fault(requires.Source, "credential_max_age", "The age of a credential is given in seconds, from 1 to 315360000.");
        }

        if (requires.AnyOf is { IsEmpty: true } && (requires.CredentialMaxAge is not null || !requires.CredentialAssurance.IsEmpty))
        {
            Fault(requires.Source, "any_of", "What is asked of a credential needs one: name it, or leave out credential_max_age and credential_assurance.");
        }

        if (document.Severity.Any(rule =>
            rule is { Head: null, AtLeast: null, Severity: Severity.Prohibited } && rule.Category == category.Id))
        {
            Warn(category.Source, "requires", "Every text of this category is prohibited, so nothing opens it.");
        }
    }

    private void ValidateFallback()
    {
        var fallbacks = document.Categories.Where(category => category.Fallback).ToList();
        foreach (var second in fallbacks.Skip(1))
        {
            Fault(second.Source, "fallback", $"'{fallbacks[0].Id}' is the fallback already; there is one.");
        }

        if (fallbacks.Count > 0 || profile.IndexOf(PolicyCompiler.FallbackHead) < 0)
        {
            return;
        }

        if (_categories.TryGetValue(PolicyCompiler.FallbackId, out var other))
        {
            Fault(
                other.Source,
                "fallback",
                "This category stands for texts that are flagged and in no other: say \"fallback\": true, or give it another id.");
        }
        else
        {
            Warn(
                document.Source, "categories", "No category is the fallback: a text that is flagged and in no category is refused to everyone.");
        }
    }

    private void ValidateUnknown()
    {
        if (document.OnUnknown == PolicyResponse.Allow && (!document.Severity.IsEmpty || document.Categories.Any(IsGated)))
        {
            Fault(document.Source, "on_unknown", "A policy that gates a category cannot allow what was not classified: say refuse or hold.");
        }
    }

    /// <summary>What a nested category leaves out is its parent's, which is looked at by itself.</summary>
    private static bool IsGated(CategoryDocument category)
    {
        PolicyResponse? leftOut = category.ParentId is null ? PolicyResponse.Refuse : PolicyResponse.Allow;
        return (category.Prompt.Flagged ?? leftOut) >= PolicyResponse.Hold
            || (category.Prompt.Uncertain ?? leftOut) >= PolicyResponse.Hold
            || (category.Completion.Flagged ?? leftOut) >= PolicyResponse.Hold
            || (category.Completion.Uncertain ?? leftOut) >= PolicyResponse.Hold;
    }

    private void WarnOfUnusedHeads()
    {
        var used = document.Categories.Select(category => category.Head ?? category.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var head in profile.Heads.Where(head => head is not (PolicyCompiler.FallbackHead or "prohibited") && !used.Contains(head)))
        {
            Warn(
                document.Source, "categories", $"No category uses the classifier's head '{head}': what only that head finds counts as the fallback.");
        }
    }

    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);

    /// <summary>A bound of zero would find everything in every text.</summary>
    private static bool IsProbability(double? bound) => bound is null or (> 0 and <= 1);

    private string Tiers() => string.Join(", ", ladder.Tiers.Select(tier => tier.Name));

    private void Fault(PolicyNode at, string? key, string message) => faults.Add(At(at, key, message));

    private void Warn(PolicyNode at, string? key, string message) => warnings.Add(At(at, key, message));

    /// <summary>Names the key where it stands, or where it ought to.</summary>
    private static PolicyFault At(PolicyNode at, string? key, string message)
    {
        var path = key is null ? at.Key : at.Key == "$" ? key : $"{at.Key}.{key}";
        return new PolicyFault(path, (key is null ? at : at.Find(key) ?? at).Line, message);
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)*$", RegexOptions.ExplicitCapture)]
    private static partial Regex CategoryId();
}
