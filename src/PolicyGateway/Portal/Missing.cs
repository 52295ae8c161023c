using System.Globalization;
using PolicyGateway.Access;
using PolicyGateway.Identity;

namespace PolicyGateway.Portal;

/// <summary>Why a category is closed to somebody, in sentences.</summary>
internal static class Missing
{
    public static IReadOnlyList<string> Of(CategoryView category, StandingView standing, TierLadder ladder, DateTimeOffset now)
    {
        if (category.Open)
        {
            return [];
        }

        if (category.RequiredTier is null)
        {
            return ["It is refused to everyone."];
        }

        if (category.StatusUnavailable)
        {
            return ["Word of your issuer that your login still counts; it could not be asked for a while. Try again later."];
        }

        // Who waits needs nothing that a grant stands in for.
        var missing = new List<string>();
        if (category.QuotaUsedUp is { } quota)
        {
            missing.Add($"Some of the quota of the grant {quota.Grant}, which is used up{(quota.OpensAgainAt is { } again ? string.Create(CultureInfo.InvariantCulture, $"; it opens again on {again.UtcDateTime:d MMM yyyy, HH:mm} UTC") : "; it ends before it opens again")}.");
        }
        else
        {
            AddVerification(missing, category, standing, ladder, now);
        }

        if (LacksAcr(category, standing))
        {
            missing.Add($"A stronger login ({string.Join(" or ", category.AcrValues)}).");
        }

        if (category.MaxAge is { } age && !(standing.AuthTime is { } at && now - at <= TimeSpan.FromSeconds(age)))
        {
            missing.Add($"A login in the last {TimeSpan.FromSeconds(age).TotalMinutes:0} minutes.");
        }

        if (category.SenderConstrained)
        {
            missing.Add("An access token that is bound to a key of your client (DPoP or mutual TLS); a browser's is not.");
        }

        if (standing.Narrowing is { } narrowing && !narrowing.Leaves(category.Category))
        {
            missing.Add("An access token that is not narrowed to other categories.");
        }

        return missing;
    }

    private static void AddVerification(List<string> missing, CategoryView category, StandingView standing, TierLadder ladder, DateTimeOffset now)
    {
        if (ladder.Parse(standing.Tier).Rank < ladder.Parse(category.RequiredTier).Rank)
        {
            missing.Add($"The tier {category.RequiredTier}; yours is {standing.Tier}.");
        }

        AddCredentials(missing, category, standing, now);
    }

    private static void AddCredentials(List<string> missing, CategoryView category, StandingView standing, DateTimeOffset now)
    {
        var held = standing.Credentials.Where(credential => category.RequiredCredentials.Contains(credential.Name) && credential.IsInForce(now)).ToArray();
        if (category.RequiredCredentials.Length > 0 && held.Length == 0)
        {
            missing.Add($"{(category.RequiredCredentials.Length == 1 ? "The credential" : "One of the credentials")} {string.Join(", ", category.RequiredCredentials)}.");
        }
        else if (category.CredentialMaxAge is { } age && held.Length > 0 && !held.Any(credential => now - credential.ProvedAt <= TimeSpan.FromSeconds(age)))
        {
            missing.Add($"A credential that was proved in the last {TimeSpan.FromSeconds(age).TotalDays:0.#} days.");
        }
        else if (category.CredentialAssurance.Length > 0 && held.Length > 0 && !held.Any(credential => category.CredentialAssurance.Contains(credential.Assurance ?? "")))
        {
            missing.Add($"A credential that its issuer is surer of ({string.Join(" or ", category.CredentialAssurance)}).");
        }
    }

    /// <summary>Whether logging in again could open it.</summary>
    public static bool NeedsLogin(CategoryView category, StandingView standing) =>
        !category.Open && LacksAcr(category, standing);

    private static bool LacksAcr(CategoryView category, StandingView standing) =>
        category.AcrValues.Length > 0 && !category.AcrValues.Contains(standing.Acr ?? "") && !standing.AcrsOfMethods.Any(category.AcrValues.Contains);
}
