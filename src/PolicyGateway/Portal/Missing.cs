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

        if (category.RequiredCredentials.Length > 0 && !category.RequiredCredentials.Any(wanted => standing.Credentials.Any(held => held.Name == wanted && !(held.ExpiresAt <= now))))
        {
            missing.Add($"{(category.RequiredCredentials.Length == 1 ? "The credential" : "One of the credentials")} {string.Join(", ", category.RequiredCredentials)}.");
        }

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

        return missing;
    }

    /// <summary>Whether logging in again could open it.</summary>
    public static bool NeedsLogin(CategoryView category, StandingView standing) =>
        !category.Open && category.AcrValues.Length > 0 && !category.AcrValues.Contains(standing.Acr ?? "");
}
