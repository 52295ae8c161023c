using System.Security.Claims;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>Stands in ASP.NET Core's bearer handler, which is asked for tokens that the <see cref="TokenCache"/> does not know.</summary>
internal sealed partial class GatewayTokenHandler(TokenVerifier verifier, TokenCache cache, ILogger<GatewayTokenHandler> logger) : TokenHandler
{
    /// <summary>The framework's own parameters are not used: each issuer has its own.</summary>
    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Length > AccessToken.MaximumLength)
        {
            return Refused(AuthenticationFault.TooLarge);
        }

        var (verified, fault) = await verifier.VerifyAsync(token).ConfigureAwait(false);
        if (verified is null)
        {
            Log.Refused(logger, fault!.Reason);
            return Refused(fault);
        }

        cache.Store(token, verified);
        return Accepted(verified);
    }

    /// <summary>A token that was verified before. It counts only while its issuer, and those of its visas, have the very keys that it was verified with.</summary>
    public async ValueTask<VerifiedToken?> FindKnownAsync(string token)
    {
        if (cache.Find(token) is not { } known || !ReferenceEquals(await known.Issuer.Keys.GetAsync().ConfigureAwait(false), known.Keys))
        {
            return null;
        }

        foreach (var (from, seen) in known.VisaKeys)
        {
            if (!ReferenceEquals(await from.GetAsync().ConfigureAwait(false), seen))
            {
                return null;
            }
        }

        return known;
    }

    private static TokenValidationResult Accepted(VerifiedToken token) => new()
    {
        IsValid = true,
        ClaimsIdentity = new CallerIdentity(token.Caller, token.Bound),
        SecurityToken = new AcceptedToken(token),
    };

    private static TokenValidationResult Refused(AuthenticationFault fault) => new()
    {
        IsValid = false,
        Exception = new AuthenticationFaultException(fault),
    };

    /// <summary>What the framework asks of a token: when it ends. It carries no text.</summary>
    private sealed class AcceptedToken(VerifiedToken token) : SecurityToken
    {
        public override string Id => "";

        public override string Issuer => token.Issuer.Options.Issuer;

        public override SecurityKey? SecurityKey => null;

        public override SecurityKey? SigningKey { get; set; }

        public override DateTime ValidFrom => DateTime.MinValue;

        public override DateTime ValidTo => token.ExpiresAt.UtcDateTime;
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "TokenRefused", Level = LogLevel.Information, Message = "An access token was refused: {Reason}.")]
        public static partial void Refused(ILogger logger, string reason);
    }
}

/// <summary>An authenticated <see cref="Caller"/> in the framework's terms; made anew for each request, since identities can be written to.</summary>
internal sealed class CallerIdentity(Caller caller, Confirmation? bound) : ClaimsIdentity(
    [new Claim("iss", caller.Issuer!), new Claim("sub", caller.Subject!), new Claim("tier", caller.Tier.Name)],
    "Bearer",
    "sub",
    "tier")
{
    public Caller Caller { get; } = caller;

    /// <summary>What the token is bound to, which its sender must still prove to hold.</summary>
    public Confirmation? Bound { get; } = bound;
}
