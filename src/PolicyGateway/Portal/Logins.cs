using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using PolicyGateway.Identity;

namespace PolicyGateway.Portal;

/// <summary>Logs people in and out.</summary>
internal sealed class Logins(Sites sites, CallerReader callers)
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

    /// <summary>Leads to the provider.</summary>
    public static IResult Challenge(Site site, string? returnTo, string? acrValues)
    {
        var properties = new AuthenticationProperties { RedirectUri = site.Local(returnTo) };
        if (acrValues is not null)
        {
            properties.Items[OidcLogin.AcrValues] = acrValues;
        }

        return Results.Challenge(properties, [site.Login]);
    }

    /// <summary>Logs out here, and at the provider where there is one.</summary>
    public async Task<IResult> LogOutAsync(HttpContext context, Site site)
    {
        var session = await context.AuthenticateAsync(site.Session);
        await context.SignOutAsync(site.Session);
        return sites.HasProvider && session.Properties?.GetTokenValue("id_token") is not null
            ? Results.SignOut(new AuthenticationProperties { RedirectUri = site.SignedOut }, [site.Login])
            : Results.Redirect(site.SignedOut);
    }
}
