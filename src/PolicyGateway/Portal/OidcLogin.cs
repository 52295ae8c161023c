using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using PolicyGateway.Configuration;
using PolicyGateway.Identity;

namespace PolicyGateway.Portal;

/// <summary>
/// The login at the OpenID provider: code flow with PKCE, by the framework's handler. What counts afterwards is the access token,
/// verified as every client's is; the ID token only says that it belongs to whoever just logged in.
/// </summary>
internal sealed partial class OidcLogin(
    IOptions<PortalOptions> portal, IOptions<IdentityOptions> identity, CallerReader callers, Sites sites, ILogger<OidcLogin> logger)
    : IConfigureNamedOptions<OpenIdConnectOptions>
{
    /// <summary>What a login asks for beside the person: a stronger method.</summary>
    public const string AcrValues = "acr_values";

    /// <summary>Where somebody is told, below a site, that the provider went away while he logged in.</summary>
    public const string UnreachablePath = "/login-unavailable";

    public void Configure(OpenIdConnectOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, OpenIdConnectOptions options)
    {
        if (portal.Value.Issuer is null || (name == sites.Portal.Login ? sites.Portal : sites.Console) is not { } site || name != site.Login)
        {
            return;
        }

        var issuer = identity.Value.Issuers.Single(known => known.Issuer == portal.Value.Issuer);
        Describe(options, site, issuer);
        var parameters = options.TokenValidationParameters;
        parameters.ValidIssuer = issuer.Issuer;
        parameters.ValidateIssuer = true;
        parameters.ValidAudience = portal.Value.ClientId;
        parameters.ValidAlgorithms = issuer.AcceptedAlgorithms();
        parameters.NameClaimType = "sub";
        options.Events = new OpenIdConnectEvents
        {
            OnRedirectToIdentityProvider = AskAsync,
            OnAuthorizationCodeReceived = RedeemAsync,
            OnTokenValidated = CheckAsync,
            OnRemoteFailure = context => FailAsync(context, site),
        };
    }

    private void Describe(OpenIdConnectOptions options, Site site, IssuerOptions issuer)
    {
        options.MetadataAddress = issuer.DiscoveryAddress()!.AbsoluteUri;
        options.RequireHttpsMetadata = !issuer.DiscoveryAddress()!.IsLoopback;
        options.ClientId = portal.Value.ClientId;
        options.ClientSecret = Secrets.Read(portal.Value.ClientSecretEnvironment, portal.Value.ClientSecretFile);
        options.BackchannelTimeout = TimeSpan.FromSeconds(10);
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.SaveTokens = true;
        options.MapInboundClaims = false;
        options.DisableTelemetry = true;
        options.GetClaimsFromUserInfoEndpoint = false;
        options.SignInScheme = site.Session;
        options.SignOutScheme = site.Session;
        options.CallbackPath = site.SignedIn;
        options.SignedOutCallbackPath = site.SignedOut;
        options.Resource = portal.Value.Resource;

        // They would drop the issuer, without which a subject is nobody.
        options.ClaimActions.Clear();
        options.Scope.Clear();
        foreach (var scope in portal.Value.Scopes.Prepend("openid").Distinct())
        {
            options.Scope.Add(scope);
        }

        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            // The answer is a plain navigation, which brings these along.
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.Path = site.Root;
        }
    }

    private static Task AskAsync(RedirectContext context)
    {
        context.ProtocolMessage.AcrValues = context.Properties.Items.TryGetValue(AcrValues, out var values) ? values : null;
        return Task.CompletedTask;
    }

    private static Task RedeemAsync(AuthorizationCodeReceivedContext context)
    {
        if (context.Options.Resource is { } resource)
        {
            context.TokenEndpointRequest!.SetParameter("resource", resource);
        }

        return Task.CompletedTask;
    }

    /// <summary>A login counts with an access token that counts here, and that is of the same person.</summary>
    private async Task CheckAsync(TokenValidatedContext context)
    {
        var claims = context.Principal!;
        var access = context.TokenEndpointResponse?.AccessToken;
        var read = access is null ? default : await callers.ReadAsync(access);
        if (read.Caller is not { } caller)
        {
            Log.Unaccepted(logger, read.Fault?.Reason ?? "none");
            context.Fail("The access token of the login does not count here.");
            return;
        }

        if (caller.Issuer != claims.FindFirst("iss")?.Value || caller.Subject != claims.FindFirst("sub")?.Value)
        {
            Log.OtherPerson(logger);
            context.Fail("The access token is another person's than the ID token.");
            return;
        }

        context.Principal = Logins.PrincipalOf(caller, claims.FindFirst("sid")?.Value);
    }

    private Task FailAsync(RemoteFailureContext context, Site site)
    {
        // What the provider says may hold anything; the page says what to do.
        var kind = context.Failure?.GetType().Name ?? "unknown";
        Log.Failed(logger, kind);

        context.Response.Redirect(site.Root + (WasUnreachable(context.Failure) ? UnreachablePath : "/login-failed"));
        context.HandleResponse();
        return Task.CompletedTask;
    }

    private static bool WasUnreachable(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is HttpRequestException or IOException or TaskCanceledException)
            {
                return true;
            }
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "LoginUnaccepted", Level = LogLevel.Warning, Message = "A login at the provider brought an access token that does not count here ({Reason}); look at Portal:Resource, Portal:Scopes and the issuer's Audiences.")]
        public static partial void Unaccepted(ILogger logger, string reason);

        [LoggerMessage(EventName = "LoginOtherPerson", Level = LogLevel.Warning, Message = "A login at the provider brought an access token of another person than its ID token names; look at the issuer's SubjectClaim and at whether the provider gives clients different subjects.")]
        public static partial void OtherPerson(ILogger logger);

        [LoggerMessage(EventName = "LoginFailed", Level = LogLevel.Information, Message = "A login at the provider did not succeed ({Fault}).")]
        public static partial void Failed(ILogger logger, string fault);
    }
}
