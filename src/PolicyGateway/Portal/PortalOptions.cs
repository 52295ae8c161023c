using Microsoft.Extensions.Options;
using PolicyGateway.Configuration;
using PolicyGateway.Identity;

namespace PolicyGateway.Portal;

/// <summary>The professional's page and the operator's console: the section <c>Portal</c>.</summary>
internal sealed class PortalOptions
{
    public const string Section = "Portal";

    /// <summary>
    /// The OpenID provider where people log in, which is one of <c>Identity:Issuers</c> by its <c>Issuer</c>. Unset: nobody logs in,
    /// and there are no pages but those of a development issuer.
    /// </summary>
    public string? Issuer { get; set; }

    /// <summary>The client that the provider knows these pages as; required with <see cref="Issuer"/>.</summary>
    public string? ClientId { get; set; }

    /// <summary>The client's secret in this environment variable; or see <see cref="ClientSecretFile"/>; or none, for a public client with PKCE.</summary>
    public string? ClientSecretEnvironment { get; set; }

    /// <summary>The same in this file, white space at its ends ignored.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>What is asked of the provider beside <c>openid</c>; <c>offline_access</c> where it gives refresh tokens for it.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>The <c>resource</c> (RFC 8707) that the access token is to be for; unset: the provider's default.</summary>
    public string? Resource { get; set; }

    /// <summary>The console's address as operators' browsers see it; unset: <c>Gateway:ManagementUrl</c>.</summary>
    public Uri? ConsoleUrl { get; set; }

    /// <summary>The longest that a login lasts, 5 min to 24 h.</summary>
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(8);

    /// <summary>How long a login lasts that nobody uses, 1 min to 24 h.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(30);
}

/// <summary>Names every fault of the section.</summary>
internal sealed class PortalOptionsValidator(IOptions<IdentityOptions> identity) : IValidateOptions<PortalOptions>
{
    public ValidateOptionsResult Validate(string? name, PortalOptions options)
    {
        var faults = new List<string>();
        if (options.Issuer is { } issuer)
        {
            CheckProvider(issuer, options, faults);
        }

        if (options.ConsoleUrl is { } console && !(console.IsAbsoluteUri && KeyDownload.IsSafe(console) && console.AbsolutePath == "/"))
        {
            faults.Add("Portal:ConsoleUrl must be an absolute https address without a path; http only on loopback.");
        }

        if (options.SessionLifetime < TimeSpan.FromMinutes(5) || options.SessionLifetime > TimeSpan.FromHours(24))
        {
            faults.Add("Portal:SessionLifetime must be from 5 min to 24 h.");
        }

        if (options.IdleTimeout < TimeSpan.FromMinutes(1) || options.IdleTimeout > TimeSpan.FromHours(24))
        {
            faults.Add("Portal:IdleTimeout must be from 1 min to 24 h.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private void CheckProvider(string issuer, PortalOptions options, List<string> faults)
    {
        if (Issuers() is { } issuers && issuers.Find(known => known.Issuer == issuer) is not { Development: false } known)
        {
            faults.Add("Portal:Issuer must be the Issuer of one of Identity:Issuers, and no development issuer.");
        }
        else if (Issuers()?.Find(known => known.Issuer == issuer)?.DiscoveryAddress() is null)
        {
            faults.Add("Portal:Issuer must be an issuer with Authority or MetadataAddress: its endpoints are discovered.");
        }

        if (string.IsNullOrWhiteSpace(options.ClientId))
        {
            faults.Add("Portal:ClientId is missing: the client that the provider knows these pages as.");
        }

        if (options.ClientSecretEnvironment is not null && options.ClientSecretFile is not null)
        {
            faults.Add("Portal: ClientSecretEnvironment and ClientSecretFile are both set; keep one.");
        }
        else if (options.ClientSecretFile is { } file && !File.Exists(file))
        {
            faults.Add("Portal:ClientSecretFile names a file that does not exist.");
        }
        else if ((options.ClientSecretEnvironment ?? options.ClientSecretFile) is not null && Secrets.Read(options.ClientSecretEnvironment, options.ClientSecretFile) is null)
        {
            faults.Add("Portal: ClientSecretEnvironment or ClientSecretFile names no secret.");
        }

        if (options.Scopes.Any(static scope => scope.Length == 0 || scope.Any(static c => c is <= ' ' or '"' or '\\' or > '~')))
        {
            faults.Add("Portal:Scopes holds one that is no scope.");
        }
    }

    /// <summary>Null where the section of the issuers has faults of its own, which are told where it is checked.</summary>
    private List<IssuerOptions>? Issuers()
    {
        try
        {
            return identity.Value.Issuers;
        }
        catch (OptionsValidationException)
        {
            return null;
        }
    }
}
