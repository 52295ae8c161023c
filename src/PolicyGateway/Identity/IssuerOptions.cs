using PolicyGateway.Identity.Evidence;
using PolicyGateway.Identity.Passports;

namespace PolicyGateway.Identity;

/// <summary>One token issuer: its keys, and the most that it may say about a caller.</summary>
internal sealed class IssuerOptions
{
    public static readonly IReadOnlyList<string> DefaultAlgorithms = ["ES256", "PS256", "RS256"];

    /// <summary>What logs call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>The exact <c>iss</c> of its tokens.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Where OpenID discovery starts: <c>{Authority}/.well-known/openid-configuration</c>.</summary>
    public Uri? Authority { get; set; }

    /// <summary>The discovery document itself, where it lies elsewhere than below an authority.</summary>
    public Uri? MetadataAddress { get; set; }

    /// <summary>Its key set, where there is no discovery.</summary>
    public Uri? JwksUri { get; set; }

    /// <summary>Static public keys, instead of discovery.</summary>
    public List<KeyOptions> Keys { get; set; } = [];

    /// <summary>A JSON Web Key Set on disk, instead of discovery; relative to the content root.</summary>
    public string? JwksFile { get; set; }

    /// <summary>A token must be meant for one of these.</summary>
    public List<string> Audiences { get; set; } = [];

    /// <summary>Accepted signature algorithms, asymmetric ones only; empty means ES256, PS256 and RS256.</summary>
    public List<string> Algorithms { get; set; } = [];

    /// <summary>The only accepted <c>typ</c>, such as <c>at+jwt</c>; null accepts <c>JWT</c>, <c>at+jwt</c> and none.</summary>
    public string? RequiredTokenType { get; set; }

    /// <summary>An issuer for demonstrations; refused outside the Development environment.</summary>
    public bool Development { get; set; }

    public string SubjectClaim { get; set; } = "sub";

    public string? OrganisationClaim { get; set; }

    public string? TenantClaim { get; set; }

    /// <summary>The only tenants that this issuer may name; empty means any.</summary>
    public List<string> AllowedTenants { get; set; } = [];

    public string AcrClaim { get; set; } = "acr";

    /// <summary>The claim with the methods of the login (RFC 8176), which <see cref="Amr"/> gives a meaning.</summary>
    public string AmrClaim { get; set; } = "amr";

    /// <summary>For each method of a login the <c>acr</c> value that it counts as, beside the token's own; a method that is not listed means nothing.</summary>
    public Dictionary<string, string> Amr { get; set; } = [];

    public string AuthTimeClaim { get; set; } = "auth_time";

    public string? TierClaim { get; set; }

    /// <summary>For each tier the claim values that mean it; empty means that the claim holds the tier's name.</summary>
    public Dictionary<string, List<string>> Tiers { get; set; } = [];

    /// <summary>The highest tier that this issuer may assert; required where it asserts any.</summary>
    public string? MaxTier { get; set; }

    /// <summary>The tier of a valid token without a tier claim; null means the lowest.</summary>
    public string? DefaultTier { get; set; }

    /// <summary>A string, a list of strings, or a list of objects with <c>name</c> and, where known, <c>exp</c>, <c>nbf</c>, <c>time</c> or <c>iat</c>, <c>method</c> and <c>assurance</c>.</summary>
    public string? CredentialsClaim { get; set; }

    /// <summary>Credentials that the issuer may assert under their own names.</summary>
    public List<string> AllowedCredentials { get; set; } = [];

    /// <summary>For each credential the claim values that mean it.</summary>
    public Dictionary<string, List<string>> Credentials { get; set; } = [];

    /// <summary>What identity proofing of the token's <c>verified_claims</c> is worth; nothing by default.</summary>
    public List<AssuranceOptions> VerifiedClaims { get; set; } = [];

    /// <summary>What GA4GH visas in its tokens are worth; nothing by default.</summary>
    public PassportOptions Passports { get; set; } = new();

    /// <summary>
    /// Who may act (<c>act.sub</c>, RFC 8693) with what the token's subject has, such as your own chat front end. A token with another
    /// actor, or one that cannot be read, is of the lowest tier.
    /// </summary>
    public List<string> TrustedActors { get; set; } = [];

    /// <summary>The claim that says which of the gateway's own roles a person has: <c>auditor</c>, <c>operator</c>, <c>approver</c>, <c>administrator</c>.</summary>
    public string? RolesClaim { get; set; }

    /// <summary>For each role the claim values that mean it. A role that is not listed is one that this issuer cannot give.</summary>
    public Dictionary<string, List<string>> Roles { get; set; } = [];

    /// <summary>When the credentials end that carry no <c>exp</c> of their own, as seconds since 1970.</summary>
    public string? CredentialExpiryClaim { get; set; }

    /// <summary>Addresses of its status lists, each alone or as the beginning of others; a token that names another is refused. None by default.</summary>
    public List<string> StatusListUris { get; set; } = [];

    public IReadOnlyList<string> AcceptedAlgorithms() => Algorithms.Count > 0 ? Algorithms : DefaultAlgorithms;

    /// <summary>Whether its keys are fetched.</summary>
    public bool HasFetchedKeys() => JwksUri is not null || DiscoveryAddress() is not null;

    /// <summary>Where keys are discovered; null where they are not.</summary>
    public Uri? DiscoveryAddress() => MetadataAddress ?? (Authority is null
        ? null
        : new Uri(Authority.OriginalString.TrimEnd('/') + "/.well-known/openid-configuration", UriKind.RelativeOrAbsolute));
}

/// <summary>One public key in the words of RFC 7517. <c>d</c> and <c>k</c> are read only so that they can be refused.</summary>
internal sealed class KeyOptions
{
    public string? Kty { get; set; }

    public string? Kid { get; set; }

    public string? Alg { get; set; }

    public string? Use { get; set; }

    public string? Crv { get; set; }

    public string? X { get; set; }

    public string? Y { get; set; }

    public string? N { get; set; }

    public string? E { get; set; }

    public string? D { get; set; }

    public string? K { get; set; }
}
