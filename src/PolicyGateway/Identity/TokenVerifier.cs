using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Hosting;
using PolicyGateway.Identity.Evidence;
using PolicyGateway.Identity.Passports;

namespace PolicyGateway.Identity;

/// <summary>What a verified token says, and the keys that it was verified with.</summary>
/// <param name="Caller">Whom it makes of its sender, once <see cref="Possession"/> has nothing against him.</param>
/// <param name="Issuer">Who issued it.</param>
/// <param name="Keys">The keys that it was verified with.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Bound">What it is bound to; null where whoever has it may send it.</param>
internal sealed record VerifiedToken(Caller Caller, TokenIssuer Issuer, IssuerKeySet Keys, DateTimeOffset ExpiresAt, Confirmation? Bound)
{
    /// <summary>Until when the caller is this one: no visa that he rests on has ended.</summary>
    public DateTimeOffset CountsUntil { get; init; } = ExpiresAt;

    /// <summary>The keys that visas in it were verified with.</summary>
    public ImmutableArray<VisaKeys> VisaKeys { get; init; } = [];
}

/// <summary>Either a verified token or the fault that stands against it.</summary>
internal readonly record struct TokenResult(VerifiedToken? Token, AuthenticationFault? Fault);

/// <summary>
/// Verifies one token: the unverified <c>iss</c> chooses the issuer and nothing else; from there on only that issuer's
/// algorithms, keys, audiences and claim paths count. What the token's own header offers (<c>jwk</c>, <c>jku</c>,
/// <c>x5c</c>) is never looked at.
/// </summary>
internal sealed class TokenVerifier(TokenIssuers issuers, IOptions<IdentityOptions> options, IOptions<GatewayOptions> gateway, TimeProvider time)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly AuthorizationDetails _details = new(options.Value.AuthorizationDetailsType, gateway.Value.PublicUrl);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public async ValueTask<TokenResult> VerifyAsync(string text)
    {
        if (Read(text) is not { } token)
        {
            return Refused(AuthenticationFault.Malformed);
        }

        if (issuers.Find(token.Issuer) is not { } issuer)
        {
            return Refused(AuthenticationFault.UnknownIssuer);
        }

        if (HeaderFault(token, issuer) is { } fault)
        {
            return Refused(fault);
        }

        var (keys, candidates, keyFault) = await FindKeysAsync(token, issuer).ConfigureAwait(false);
        if (keyFault is not null)
        {
            return Refused(keyFault);
        }

        var result = await _handler.ValidateTokenAsync(token, Parameters(issuer, candidates)).ConfigureAwait(false);
        return result.IsValid ? await MapAsync(token, issuer, keys!).ConfigureAwait(false) : Refused(Fault(result.Exception));
    }

    private JsonWebToken? Read(string text)
    {
        // Three segments: an encrypted token has five, and there is no key here to open it.
        if (text.Length > AccessToken.MaximumLength || text.AsSpan().Count('.') != 2)
        {
            return null;
        }

        try
        {
            return _handler.ReadJsonWebToken(text);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static AuthenticationFault? HeaderFault(JsonWebToken token, TokenIssuer issuer)
    {
        // Before any key is looked for, so that a token with "none" cannot even cause a fetch.
        if (!issuer.Algorithms.Contains(token.Alg))
        {
            return AuthenticationFault.Algorithm;
        }

        // RFC 7515, 4.1.11: an extension that is critical and not understood makes the token invalid. None is.
        if (token.TryGetHeaderValue<object>("crit", out _))
        {
            return AuthenticationFault.CriticalHeader;
        }

        return IsAccepted(token.Typ, issuer.Options.RequiredTokenType) ? null : AuthenticationFault.TokenType;
    }

    /// <summary>Other kinds of JWT that an issuer signs, such as logout tokens and security events, are no access tokens.</summary>
    private static bool IsAccepted(string? type, string? required)
    {
        const string media = "application/";
        type = type is not null && type.StartsWith(media, StringComparison.OrdinalIgnoreCase) ? type[media.Length..] : type;
        return string.IsNullOrEmpty(required)
            ? string.IsNullOrEmpty(type)
                || type.Equals("JWT", StringComparison.OrdinalIgnoreCase)
                || type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase)
            : required.Equals(type, StringComparison.OrdinalIgnoreCase);
    }

    private static async ValueTask<(IssuerKeySet? Keys, ImmutableArray<JsonWebKey> Candidates, AuthenticationFault? Fault)> FindKeysAsync(
        JsonWebToken token,
        TokenIssuer issuer)
    {
        var keys = await issuer.Keys.GetAsync().ConfigureAwait(false);
        var candidates = keys?.For(token.Kid, token.Alg) ?? [];
        if (keys is not null && candidates.IsEmpty)
        {
            keys = await issuer.Keys.RefreshAsync(keys).ConfigureAwait(false);
            candidates = keys?.For(token.Kid, token.Alg) ?? [];
        }

        return keys is null
            ? (null, [], AuthenticationFault.KeysUnavailable)
            : (keys, candidates, candidates.IsEmpty ? AuthenticationFault.UnknownKey : null);
    }

    private TokenValidationParameters Parameters(TokenIssuer issuer, ImmutableArray<JsonWebKey> candidates) => new()
    {
        ValidIssuer = issuer.Options.Issuer,
        ValidAudiences = issuer.Options.Audiences,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidAlgorithms = issuer.Algorithms,
        IssuerSigningKeys = candidates,
        LifetimeValidator = CheckLifetime,
    };

    private bool CheckLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var skew = options.Value.ClockSkew;
        if (expires is null)
        {
            throw new SecurityTokenNoExpirationException();
        }

        if (notBefore > now + skew)
        {
            throw new SecurityTokenNotYetValidException();
        }

        return now - skew < expires ? true : throw new SecurityTokenExpiredException();
    }

    private async ValueTask<TokenResult> MapAsync(JsonWebToken token, TokenIssuer issuer, IssuerKeySet keys)
    {
        JsonDocument payload;
        try
        {
            payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload), Strict);
        }
        catch (JsonException)
        {
            // Two claims of one name: two readers could believe two different ones.
            return Refused(AuthenticationFault.Malformed);
        }

        using (payload)
        {
            // RFC 9449, 7.2 and RFC 8705, 3: a token bound to a key is stolen goods without the proof, also where the key is of a
            // kind that nothing here could check.
            Confirmation? bound = null;
            if (payload.RootElement.TryGetProperty("cnf", out var cnf) && (bound = Confirmation.Read(cnf)) is null)
            {
                return Refused(AuthenticationFault.SenderConstrained);
            }

            if (issuer.Mapping.Map(payload.RootElement) is not { } caller)
            {
                return Refused(AuthenticationFault.NoSubject);
            }

            // Revocations are of what was issued before them: a token that says that it is of tomorrow would escape every one of today.
            if (caller.IssuedAt > time.GetUtcNow() + options.Value.ClockSkew)
            {
                return Refused(AuthenticationFault.IssuedAhead);
            }

            var passport = issuer.Passports is { } passports && !caller.IsDelegated
                ? await passports.ReadAsync(payload.RootElement).ConfigureAwait(false)
                : Passport.None;
            var endsAt = new DateTimeOffset(token.ValidTo);
            var narrowing = _details.Read(payload.RootElement);
            caller = caller with
            {
                Binding = bound?.Binding ?? TokenBinding.None,
                Credentials = caller.Credentials.AddRange(passport.Credentials),
                Narrowing = narrowing,
                Roles = narrowing is null ? caller.Roles : [],
            };
            return new TokenResult(
                new VerifiedToken(caller, issuer, keys, endsAt, bound)
                {
                    CountsUntil = passport.CountsUntil < endsAt ? passport.CountsUntil.Value : endsAt,
                    VisaKeys = passport.Keys,
                },
                null);
        }
    }

    private static AuthenticationFault Fault(Exception? exception) => exception switch
    {
        SecurityTokenExpiredException => AuthenticationFault.Expired,
        SecurityTokenNotYetValidException => AuthenticationFault.NotYetValid,
        SecurityTokenNoExpirationException => AuthenticationFault.NoExpiry,
        SecurityTokenInvalidAudienceException => AuthenticationFault.Audience,
        SecurityTokenInvalidSignatureException => AuthenticationFault.Signature,
        _ => AuthenticationFault.Other,
    };

    private static TokenResult Refused(AuthenticationFault fault) => new(null, fault);
}
