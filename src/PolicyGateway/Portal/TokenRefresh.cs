using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace PolicyGateway.Portal;

/// <summary>Renews the access token of somebody who is logged in, where the provider gave a refresh token.</summary>
internal sealed partial class TokenRefresh(IOptionsMonitor<OpenIdConnectOptions> options, TimeProvider time, ILogger<TokenRefresh> logger)
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    /// <summary>One renewal at a time for each refresh token: a provider that sees one twice takes it for stolen.</summary>
    private readonly ConcurrentDictionary<string, Lazy<Task<OpenIdConnectMessage?>>> _running = new(StringComparer.Ordinal);

    /// <summary>The access token, renewed where it has nearly ended; the old one where it could not be.</summary>
    public async Task<string?> TokenOfAsync(HttpContext context, Site site, AuthenticateResult session)
    {
        var properties = session.Properties!;
        var token = properties.GetTokenValue(Visits.AccessToken);
        if (properties.GetTokenValue("refresh_token") is not { } refreshToken || EndOf(properties) - Margin > time.GetUtcNow())
        {
            return token;
        }

        var running = _running.GetOrAdd(refreshToken, text => new Lazy<Task<OpenIdConnectMessage?>>(() => RenewAsync(site, text)));
        try
        {
            if (await running.Value is not { AccessToken: { Length: > 0 } access } renewed)
            {
                return token;
            }

            // A copy: other requests of the same browser read this one at the same time.
            properties = properties.Clone();
            properties.UpdateTokenValue(Visits.AccessToken, access);
            properties.UpdateTokenValue("refresh_token", renewed.RefreshToken ?? refreshToken);
            if (int.TryParse(renewed.ExpiresIn, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                properties.UpdateTokenValue("expires_at", time.GetUtcNow().AddSeconds(seconds).ToString("o", CultureInfo.InvariantCulture));
            }

            await context.SignInAsync(site.Session, session.Principal!, properties);
            return access;
        }
        finally
        {
            _running.TryRemove(refreshToken, out _);
        }
    }

    private static DateTimeOffset EndOf(AuthenticationProperties properties) =>
        DateTimeOffset.TryParse(properties.GetTokenValue("expires_at"), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var end) ? end : DateTimeOffset.MaxValue;

    private async Task<OpenIdConnectMessage?> RenewAsync(Site site, string refreshToken)
    {
        var client = options.Get(site.Login);
        try
        {
            var configuration = await client.ConfigurationManager!.GetConfigurationAsync(CancellationToken.None);
            var asked = new Dictionary<string, string?> { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken, ["client_id"] = client.ClientId };
            if (client.ClientSecret is { } secret)
            {
                asked["client_secret"] = secret;
            }

            if (client.Resource is { } resource)
            {
                asked["resource"] = resource;
            }

            using var content = new FormUrlEncodedContent(asked);
            using var response = await client.Backchannel.PostAsync(configuration.TokenEndpoint, content);
            return response.IsSuccessStatusCode ? new OpenIdConnectMessage(await response.Content.ReadAsStringAsync()) : null;
        }
#pragma warning disable CA1031 // Whatever broke: without a new token the old one ends, and the person logs in again.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Log.Failed(logger, fault.GetType().Name);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "TokenRefreshFailed", Level = LogLevel.Warning, Message = "An access token could not be renewed at the provider ({Fault}).")]
        public static partial void Failed(ILogger logger, string fault);
    }
}
