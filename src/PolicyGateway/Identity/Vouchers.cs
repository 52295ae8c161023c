using PolicyGateway.Identity.Passports;

namespace PolicyGateway.Identity;

/// <summary>Somebody whose word on a credential or a tier counts here, by what the public may know of him.</summary>
/// <param name="Name">The <c>Name</c> of his entry.</param>
/// <param name="Issuer">His exact <c>iss</c>.</param>
/// <param name="InTokensOf">For an issuer of visas, whose tokens bring them; null where the tokens are his own.</param>
internal sealed record Voucher(string Name, string Issuer, string? InTokensOf = null);

/// <summary>Which of the configured issuers may assert what, as their entries let them.</summary>
internal sealed class Vouchers(IdentityOptions options, TierLadder ladder)
{
    /// <summary>Those who may assert a credential; empty where none may, so that only a grant opens what it opens.</summary>
    public IReadOnlyList<Voucher> OfCredential(string name) => [.. options.Issuers.SelectMany(issuer => OfCredential(issuer, name))];

    /// <summary>Those who may assert a tier, or a higher one.</summary>
    public IReadOnlyList<Voucher> OfTier(string name)
    {
        var wanted = ladder.Parse(name);
        return [.. options.Issuers.Where(issuer => HighestOf(issuer).AtLeast(wanted)).Select(Of)];
    }

    private static IEnumerable<Voucher> OfCredential(IssuerOptions issuer, string name)
    {
        if (issuer.AllowedCredentials.Contains(name) || issuer.Credentials.ContainsKey(name) || issuer.VerifiedClaims.Exists(rule => rule.Credential == name))
        {
            yield return Of(issuer);
        }

        var passports = issuer.Passports;
        foreach (var visas in passports.TrustedVisaIssuers)
        {
            if (passports.RegisteredAccessCredential == name || passports.Visas.Exists(rule => rule.Credential == name && MayProve(visas, rule)))
            {
                yield return new Voucher(visas.Name, visas.Issuer, issuer.Issuer);
            }
        }
    }

    private static bool MayProve(VisaIssuerOptions visas, VisaRuleOptions rule) => rule.Sources.Count == 0 || rule.Sources.Exists(visas.Sources.Contains);

    /// <summary>The highest tier that any token of an issuer can have.</summary>
    private Tier HighestOf(IssuerOptions issuer)
    {
        var names = issuer.VerifiedClaims.Select(static rule => rule.Tier).Append(issuer.DefaultTier);
        if (!string.IsNullOrWhiteSpace(issuer.TierClaim))
        {
            names = issuer.Tiers.Count == 0 ? names.Append(issuer.MaxTier) : names.Concat(issuer.Tiers.Keys);
        }

        var (most, highest) = (ladder.Parse(issuer.MaxTier), names.Select(ladder.Parse).MaxBy(static tier => tier.Rank));
        return highest.AtLeast(most) ? most : highest;
    }

    private static Voucher Of(IssuerOptions issuer) => new(issuer.Name, issuer.Issuer);
}
