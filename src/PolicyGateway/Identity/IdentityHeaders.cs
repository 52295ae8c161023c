using System.Collections.Frozen;

namespace PolicyGateway.Identity;

/// <summary>Headers by which proxies tell a backend who the caller is. From a client they are only claims, so they go at the edge.</summary>
internal static class IdentityHeaders
{
    private static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet(
        [
            "remote-user", "remote-email", "remote-groups", "remote-name", "from",
            "x-tier", "x-role", "x-roles", "x-group", "x-groups", "x-email", "x-subject", "x-sub", "x-account", "x-account-id",
            "x-org", "x-org-id", "x-organisation", "x-organization", "x-permissions", "x-scope", "x-scopes", "x-claims",
            "x-forwarded-user", "x-forwarded-email", "x-forwarded-groups", "x-forwarded-preferred-username",
            "x-forwarded-access-token", "x-forwarded-client-cert", "client-cert", "client-cert-chain", "x-client-cert",
            "x-jwt-assertion", "x-access-token", "x-id-token", "x-token", "x-userinfo", "x-username",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Prefixes =
    [
        "x-policygateway-", "x-user", "x-tenant", "x-auth-request-", "x-authenticated-", "x-remote-", "x-ms-client-principal",
        "x-ms-token-", "x-amzn-oidc-", "x-goog-authenticated-user-", "x-goog-iap-", "x-consumer-", "x-credential", "x-webauth-",
        "x-verified-", "x-endpoint-api-userinfo", "x-ssl-client-", "ssl-client-", "x-token-", "x-jwt-", "cf-access-", "tailscale-user-",
    ];

    /// <summary>Removes them all; what is left says nothing about who is asking but the credential itself.</summary>
    public static void Strip(IHeaderDictionary headers)
    {
        List<string>? found = null;
        foreach (var (name, _) in headers)
        {
            if (IsIdentity(name))
            {
                (found ??= []).Add(name);
            }
        }

        foreach (var name in found ?? [])
        {
            headers.Remove(name);
        }
    }

    public static bool IsIdentity(string name)
    {
        // CGI and WSGI read X_User as X-User.
        var plain = name.Contains('_', StringComparison.Ordinal) ? name.Replace('_', '-') : name;
        if (Names.Contains(plain))
        {
            return true;
        }

        foreach (var prefix in Prefixes)
        {
            if (plain.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
