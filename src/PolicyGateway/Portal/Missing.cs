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

        if (category.RequiredTier is not { } tier)
        {
            return ["It is refused to everyone."];
        }

        var missing = new List<string>();
        if (ladder.Parse(standing.Tier).Rank < ladder.Parse(tier).Rank)
        {
            missing.Add($"The tier {tier}; yours is {standing.Tier}.");
        }

        AddCredentials(missing, category, standing, now);
        if (category.AcrValues.Length > 0 && !category.AcrValues.Contains(standing.Acr ?? ""))
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
        !category.Open && category.AcrValues.Length > 0 && !category.AcrValues.Contains(standing.Acr ?? "");
}
