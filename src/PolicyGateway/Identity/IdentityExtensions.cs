using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PolicyGateway.Configuration;

namespace PolicyGateway.Identity;

internal static class IdentityExtensions
{
    /// <summary>Adds the callers: options, issuers, and one bearer scheme over all of them.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IdentityOptions>()
            .BindStrictly(configuration, IdentityOptions.Section)
            .PostConfigure<IHostEnvironment>(ResolveFiles)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<IdentityOptions>, IdentityOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(static provider => new Vouchers(provider.GetRequiredService<IOptions<IdentityOptions>>().Value, provider.GetRequiredService<TierLadder>()));
        services.AddSingleton(provider => new TierLadder(provider.GetRequiredService<IOptions<IdentityOptions>>().Value.TierNames()));
        services.AddSingleton<KeyDownload>();
        services.AddSingleton<TokenIssuers>();
        services.AddSingleton<TokenVerifier>();
        services.AddSingleton<TokenCache>();
        services.AddSingleton<GatewayTokenHandler>();
        services.AddSingleton<DpopProofs>();
        services.AddSingleton<ClientCertificates>();
        services.AddSingleton<Possession>();
        services.AddSingleton<CallerReader>();
        services.AddSingleton<LiveCallers>();

        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<GatewayTokenHandler>(ConfigureBearer);
        return services;
    }

    private static void ResolveFiles(IdentityOptions options, IHostEnvironment environment)
    {
        foreach (var issuer in options.Issuers)
        {
            issuer.JwksFile = string.IsNullOrWhiteSpace(issuer.JwksFile)
                ? null
                : Path.Combine(environment.ContentRootPath, issuer.JwksFile);
        }
    }

    private static void ConfigureBearer(JwtBearerOptions bearer, GatewayTokenHandler handler)
    {
        bearer.TokenHandlers.Clear();
        bearer.TokenHandlers.Add(handler);
        bearer.MapInboundClaims = false;
        bearer.SaveToken = false;
        bearer.IncludeErrorDetails = false;
        bearer.Events = new JwtBearerEvents { OnMessageReceived = ReadToken, OnTokenValidated = CheckPossession, OnChallenge = Challenge };
    }

    private static Task ReadToken(MessageReceivedContext context)
    {
        var token = Sent(context.HttpContext);
        if (token.Fault is not null)
        {
            context.Fail(new AuthenticationFaultException(token.Fault));
        }
        else if (token.Text is null)
        {
            context.NoResult();
        }
        else
        {
            context.Token = token.Text;
        }

        return Task.CompletedTask;
    }

    /// <summary>A token that verifies is its sender's only where he holds the key that it is bound to.</summary>
    private static async Task CheckPossession(TokenValidatedContext context)
    {
        var possession = context.HttpContext.RequestServices.GetRequiredService<Possession>();
        var fault = context.Principal?.Identity is CallerIdentity identity
            ? await possession.CheckAsync(context.HttpContext, Sent(context.HttpContext), identity.Bound).ConfigureAwait(false)
            : AuthenticationFault.Other;
        if (fault is not null)
        {
            context.Fail(new AuthenticationFaultException(fault));
        }
    }

    private static AccessToken Sent(HttpContext context) =>
        AccessToken.Read(context.Request, context.Features.Get<CredentialHeader>()?.Name ?? HeaderNames.Authorization);

    /// <summary>The answer of endpoints that only say "authenticated callers, please"; the request path words its own.</summary>
    private static Task Challenge(JwtBearerChallengeContext context)
    {
        if (context.HttpContext.RequestServices.GetService<BearerChallenge>() is { } challenge)
        {
            context.HandleResponse();
            var fault = context.AuthenticateFailure is null ? null : CallerReader.Fault(context.AuthenticateFailure);
            context.Response.StatusCode = fault?.StatusCode ?? StatusCodes.Status401Unauthorized;
            if (context.Response.StatusCode != StatusCodes.Status503ServiceUnavailable)
            {
                context.Response.Headers.WWWAuthenticate = challenge.For(fault);
            }
        }

        return Task.CompletedTask;
    }
}
