using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Access;

/// <summary>What a grant of some categories takes. A grant opens what is nested in a category, too, so that counts as well.</summary>
/// <param name="IsOpenable">Whether each is a category of the policy that opens to somebody.</param>
/// <param name="Approvals">How many approvers must agree: the most that any of them wants.</param>
/// <param name="LongestDays">The least that any of them allows.</param>
internal sealed record GrantTerms(bool IsOpenable, int Approvals, int LongestDays)
{
    /// <summary>What is wrong with a quota that somebody gives; null where nothing is.</summary>
    public static AccessFault? CheckQuota(GrantQuota? quota, GrantQuota? within) =>
        quota is null ? null
        : !quota.IsValid() ? AccessFault.Invalid($"quota: releases, 1 to {GrantQuota.MostReleases}, and per_days, 1 to {GrantQuota.MostDays}.")
        : within is not null && !quota.IsWithin(within) ? AccessFault.Invalid($"quota: {within.Releases} releases at most, in {within.PerDays} days at least, as it stands already.")
        : null;

    public static GrantTerms Of(PolicySnapshot policy, IReadOnlyCollection<string> categories)
    {
        var named = policy.Categories.Where(category => categories.Contains(category.Id)).ToList();
        var opened = policy.Categories.Where(category => !category.IsClosed && categories.Any(name =>
            category.Id == name || category.Id.StartsWith(name + ".", StringComparison.Ordinal))).ToList();
        return new GrantTerms(
            named.Count > 0 && named.Count == categories.Distinct(StringComparer.Ordinal).Count() && !named.Exists(static category => category.IsClosed),
            opened.Select(static category => category.Approvals).DefaultIfEmpty(1).Max(),
            (int)opened.Select(static category => category.LongestGrant.TotalDays).DefaultIfEmpty(0).Min());
    }
}
