using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using PolicyGateway.Identity;

namespace PolicyGateway.Portal;

/// <summary>Logs people in and out.</summary>
internal sealed partial class Logins(Sites sites, CallerReader callers, IOptionsMonitor<OpenIdConnectOptions> clients, ILogger<Logins> logger)
{
    /// <summary>What a session says of a person: who, and which login at the provider it came from. What he may is asked of his token each time.</summary>
    public static ClaimsPrincipal PrincipalOf(Caller caller, string? providerSession)
    {
        var identity = new ClaimsIdentity([new Claim("iss", caller.Issuer!), new Claim("sub", caller.Subject!)], "portal", "sub", null);
        if (providerSession is not null)
        {
            identity.AddClaim(new Claim("sid", providerSession));
        }

        return new ClaimsPrincipal(identity);
    }

    /// <summary>Logs somebody in by a token that he has; null where it counts.</summary>
    public async Task<AuthenticationFault?> LogInAsync(HttpContext context, Site site, string token)
    {
        var read = await callers.ReadAsync(token.Trim());
        if (read.Caller is not { Subject: not null } caller)
        {
            return read.Fault ?? AuthenticationFault.Malformed;
        }

        var properties = new AuthenticationProperties();
        properties.StoreTokens([new AuthenticationToken { Name = Visits.AccessToken, Value = token.Trim() }]);
        await context.SignInAsync(site.Session, PrincipalOf(caller, null), properties);
        return null;
    }

    /// <summary>Leads to the provider, where it can be reached.</summary>
    public async Task<IResult> ChallengeAsync(HttpContext context, Site site, string? returnTo, string? acrValues)
    {
        if (!await IsReachableAsync(context, site))
        {
            return Unreachable(context, site);
        }

        var properties = new AuthenticationProperties { RedirectUri = site.Local(returnTo) };
        if (acrValues is not null)
        {
            properties.Items[OidcLogin.AcrValues] = acrValues;
        }

        return Results.Challenge(properties, [site.Login]);
    }

    /// <summary>Whether the provider's metadata is known, or can be had now.</summary>
    public async Task<bool> IsReachableAsync(HttpContext context, Site site)
    {
        try
        {
            return await clients.Get(site.Login).ConfigurationManager!.GetConfigurationAsync(context.RequestAborted) is not null;
        }
#pragma warning disable CA1031 // Whatever broke, nobody can be led there.
        catch (Exception fault) when (!context.RequestAborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Unreachable(logger, fault.GetBaseException().GetType().Name);
            return false;
        }
    }

    /// <summary>Says that the provider does not answer.</summary>
    public static IResult Unreachable(HttpContext context, Site site) => Visits.Problem(
        context, site, "The login provider cannot be reached",
        "Nobody can log in here until it answers. Try again in a few minutes; if it stays like this, tell the operator the time.",
        StatusCodes.Status503ServiceUnavailable);

    /// <summary>Logs out here, and at the provider where there is one.</summary>
    public async Task<IResult> LogOutAsync(HttpContext context, Site site)
    {
        var session = await context.AuthenticateAsync(site.Session);
        await context.SignOutAsync(site.Session);
        return sites.HasProvider && session.Properties?.GetTokenValue("id_token") is not null
            ? Results.SignOut(new AuthenticationProperties { RedirectUri = site.SignedOut }, [site.Login])
            : Results.Redirect(site.SignedOut);
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "ProviderUnreachable", Level = LogLevel.Warning, Message = "The OpenID provider could not be reached for a login ({Fault}); look at the Authority or MetadataAddress of the issuer that Portal:Issuer names.")]
        public static partial void Unreachable(ILogger logger, string fault);
    }
}
