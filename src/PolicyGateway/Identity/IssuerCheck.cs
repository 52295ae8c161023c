using System.Text.Json;
using PolicyGateway.Identity.Evidence;

namespace PolicyGateway.Identity;

/// <summary>Collects the faults of one issuer's configuration under its key.</summary>
internal sealed class IssuerCheck(IssuerOptions issuer, string key, List<string> faults)
{
    // No HS*: whoever can check such a token can also make one. No "none".
    public static readonly IReadOnlyList<string> Asymmetric =
        ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];

    public void Run(TierLadder ladder, bool inDevelopment)
    {
        Require("Name", issuer.Name, "give the issuer a name for the logs");
        Require("Issuer", issuer.Issuer, "set the exact iss of its tokens");
        Require("SubjectClaim", issuer.SubjectClaim, "name the claim that identifies the caller");
        CheckAudiences();
        CheckAlgorithms();
        CheckKeySource();
        CheckPaths();
        CheckTiers(ladder);
        CheckCredentials();
        CheckRoles();
        CheckVerifiedClaims(ladder);
        foreach (var (name, what) in LoginMethods.Faults(issuer))
        {
            Fault(name, what);
        }

        if (issuer.AllowedTenants.Count > 0 && string.IsNullOrWhiteSpace(issuer.TenantClaim))
        {
            Fault("TenantClaim", "AllowedTenants has no effect without a claim to read the tenant from");
        }

        if (issuer.Development && !inDevelopment)
        {
            Fault("Development", "a development issuer is accepted only in the Development environment; remove the issuer, or set ASPNETCORE_ENVIRONMENT=Development on a machine that serves nobody");
        }
    }

    /// <summary>The part about whom to believe, for those who sign something else than tokens.</summary>
    /// <param name="hasKeys">Whether its keys are known from elsewhere, so that it may name no source of its own.</param>
    public void RunSigner(bool hasKeys)
    {
        Require("Name", issuer.Name, "give it a name for the logs");
        Require("Issuer", issuer.Issuer, "set the exact iss of what it sends");
        CheckAudiences();
        CheckAlgorithms();
        if (!hasKeys || issuer.HasFetchedKeys() || issuer.Keys.Count > 0 || issuer.JwksFile is not null)
        {
            CheckKeySource();
        }
    }

    /// <summary>The part about whose visas to believe, which are meant for everybody.</summary>
    public void RunVisaIssuer()
    {
        Require("Name", issuer.Name, "give it a name for the logs");
        Require("Issuer", issuer.Issuer, "set the exact iss of its visas");
        CheckAlgorithms();
        CheckKeySource();
    }

    private void CheckAudiences()
    {
        if (issuer.Audiences.Count == 0 || issuer.Audiences.Any(string.IsNullOrWhiteSpace))
        {
            Fault("Audiences", "name at least one audience, and no empty one; otherwise tokens meant for other services would be accepted");
        }
    }

    private void CheckAlgorithms()
    {
        for (var index = 0; index < issuer.Algorithms.Count; index++)
        {
            if (!Asymmetric.Contains(issuer.Algorithms[index], StringComparer.Ordinal))
            {
                Fault($"Algorithms:{index}", $"'{issuer.Algorithms[index]}' is not accepted; choose from {string.Join(", ", Asymmetric)}");
            }
        }
    }

    private void CheckKeySource()
    {
        var sources = (issuer.Authority ?? issuer.MetadataAddress) is null ? 0 : 1;
        sources += issuer.JwksUri is null ? 0 : 1;
        sources += issuer.Keys.Count > 0 ? 1 : 0;
        sources += issuer.JwksFile is null ? 0 : 1;
        if (sources != 1)
        {
            Fault("Authority", "set one source of keys: Authority (or MetadataAddress), JwksUri, Keys, or JwksFile");
        }

        CheckAddress("Authority", issuer.Authority);
        CheckAddress("MetadataAddress", issuer.MetadataAddress);
        CheckAddress("JwksUri", issuer.JwksUri);
        for (var index = 0; index < issuer.Keys.Count; index++)
        {
            var options = issuer.Keys[index];
            if (options.D is not null || options.K is not null)
            {
                Fault($"Keys:{index}", "this is a private or shared key; configure the public part only, and replace the key since it was disclosed");
            }
            else if (!IssuerKeySet.IsUsable(options))
            {
                Fault($"Keys:{index}", "not a usable public key: EC on P-256, P-384 or P-521 with x and y, or RSA of at least 2048 bits with n and e");
            }
        }

        if (issuer.JwksFile is not null)
        {
            CheckFile(issuer.JwksFile);
        }
    }

    private void CheckAddress(string name, Uri? address)
    {
        if (address is not null && !KeyDownload.IsSafe(address))
        {
            Fault(name, "keys are fetched over https; http is accepted for loopback addresses only");
        }
    }

    private void CheckFile(string file)
    {
        try
        {
            var text = File.ReadAllText(file);
            if (IssuerKeySet.Parse(text).Keys.IsEmpty)
            {
                Fault("JwksFile", $"'{file}' holds no usable public key");
            }
            else if (!issuer.Development && IssuerKeySet.HoldsPrivateKey(text))
            {
                Fault("JwksFile", $"'{file}' holds a private key; keep the public parts only");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            Fault("JwksFile", $"'{file}' {(exception is FileNotFoundException or DirectoryNotFoundException ? "is not there" : exception is JsonException ? "cannot be read as a JSON Web Key Set" : "cannot be read")}");
        }
    }

    private void CheckPaths()
    {
        CheckPath("SubjectClaim", issuer.SubjectClaim);
        CheckPath("OrganisationClaim", issuer.OrganisationClaim);
        CheckPath("TenantClaim", issuer.TenantClaim);
        CheckPath("TierClaim", issuer.TierClaim);
        CheckPath("CredentialsClaim", issuer.CredentialsClaim);
        CheckPath("RolesClaim", issuer.RolesClaim);
        CheckPath("CredentialExpiryClaim", issuer.CredentialExpiryClaim);
        CheckPath("AcrClaim", issuer.AcrClaim);
        CheckPath("AmrClaim", issuer.AmrClaim);
        CheckPath("AuthTimeClaim", issuer.AuthTimeClaim);
    }

    private void CheckPath(string name, string? path)
    {
        if (!string.IsNullOrWhiteSpace(path) && ClaimPath.Parse(path) is null)
        {
            Fault(name, $"'{path}' is no claim path; write a name, a.dotted.path, or a JSON pointer such as /a/b");
        }
    }

    private void CheckTiers(TierLadder ladder)
    {
        var most = KnownTier("MaxTier", issuer.MaxTier, ladder);
        var usual = KnownTier("DefaultTier", issuer.DefaultTier, ladder);
        if (issuer.MaxTier is null && !(string.IsNullOrWhiteSpace(issuer.TierClaim) && issuer.DefaultTier is null))
        {
            Fault("MaxTier", "set the highest tier that this issuer may assert");
        }

        if (usual?.Rank > most?.Rank)
        {
            Fault("DefaultTier", $"'{issuer.DefaultTier}' is above MaxTier");
        }

        if (issuer.Tiers.Count > 0 && string.IsNullOrWhiteSpace(issuer.TierClaim))
        {
            Fault("TierClaim", "Tiers has no effect without a claim to read the tier from");
        }

        foreach (var name in issuer.Tiers.Keys)
        {
            if (KnownTier($"Tiers:{name}", name, ladder)?.Rank > most?.Rank)
            {
                Fault($"Tiers:{name}", "is above MaxTier");
            }
        }

        CheckValues("Tiers", issuer.Tiers, []);
    }

    private Tier? KnownTier(string name, string? text, TierLadder ladder)
    {
        if (text is null)
        {
            return null;
        }

        if (ladder.TryGet(text, out var tier))
        {
            return tier;
        }

        Fault(name, $"'{text}' is no tier; the tiers are {string.Join(", ", ladder.Tiers)}");
        return null;
    }

    private void CheckVerifiedClaims(TierLadder ladder)
    {
        for (var index = 0; index < issuer.VerifiedClaims.Count; index++)
        {
            var (name, rule) = ($"VerifiedClaims:{index}", issuer.VerifiedClaims[index]);
            Require(name + ":TrustFramework", rule.TrustFramework, "name the trust_framework that it is about");
            KnownTier(name + ":Tier", rule.Tier, ladder);
            if (rule.Tier is null && string.IsNullOrWhiteSpace(rule.Credential))
            {
                Fault(name + ":Tier", "name the Tier or the Credential that it proves");
            }

            if (rule.MaxAge < TimeSpan.FromDays(1) || rule.MaxAge > TimeSpan.FromDays(3660))
            {
                Fault(name + ":MaxAge", "must be from 1 day to 10 years");
            }
        }

        if (issuer.VerifiedClaims.Exists(static rule => rule.Tier is not null) && string.IsNullOrWhiteSpace(issuer.MaxTier))
        {
            Fault("MaxTier", "name the highest tier that the issuer may assert, also by VerifiedClaims");
        }
    }

    private void CheckRoles()
    {
        if (string.IsNullOrWhiteSpace(issuer.RolesClaim) == issuer.Roles.Count > 0)
        {
            Fault("RolesClaim", "RolesClaim and Roles go together: where to read, and which values mean which role");
        }

        foreach (var role in issuer.Roles.Keys.Where(static role => !Enum.GetNames<Role>().Contains(role, StringComparer.OrdinalIgnoreCase)))
        {
            Fault("Roles", $"'{role}' is no role; there are {string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant()}");
        }

        CheckValues("Roles", issuer.Roles, []);
    }

    private void CheckCredentials()
    {
        var allowed = issuer.AllowedCredentials.Count + issuer.Credentials.Count > 0;
        if (string.IsNullOrWhiteSpace(issuer.CredentialsClaim) == allowed)
        {
            Fault("CredentialsClaim", "CredentialsClaim and AllowedCredentials (or Credentials) go together: where to read, and what the issuer may assert");
        }

        if (issuer.AllowedCredentials.Any(string.IsNullOrWhiteSpace))
        {
            Fault("AllowedCredentials", "holds an empty name");
        }

        CheckValues("Credentials", issuer.Credentials, issuer.AllowedCredentials);
    }

    /// <summary>One claim value means one thing.</summary>
    private void CheckValues(string name, Dictionary<string, List<string>> map, IEnumerable<string> taken)
    {
        var seen = taken.ToHashSet(StringComparer.Ordinal);
        foreach (var (meaning, values) in map)
        {
            foreach (var value in values ?? [])
            {
                if (!seen.Add(value))
                {
                    Fault($"{name}:{meaning}", $"the claim value '{value}' already has a meaning");
                }
            }

            if (values is null or [])
            {
                Fault($"{name}:{meaning}", "list the claim values that mean it");
            }
        }
    }

    private void Require(string name, string value, string what)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            Fault(name, what);
        }
    }

    private void Fault(string name, string what) => faults.Add($"{key}:{name}: {what}.");
}
