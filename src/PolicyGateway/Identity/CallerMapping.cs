using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using PolicyGateway.Identity.Evidence;

namespace PolicyGateway.Identity;

/// <summary>Turns the claims of one issuer's verified token into a <see cref="Caller"/>, never into more than configuration lets the issuer say.</summary>
internal sealed partial class CallerMapping
{
    private const int LongestName = 256;

    private static readonly ClaimPath IssuedAt = ClaimPath.Parse("iat")!;
    private static readonly string[] Times = ["exp", "nbf", "iat"];
    private static readonly string[] Names = ["iss", "sub", "jti"];

    private readonly IssuerOptions _issuer;
    private readonly TierLadder _ladder;
    private readonly ILogger<CallerMapping> _logger;
    private readonly FrozenDictionary<string, Tier> _tiers;
    private readonly FrozenSet<string> _tenants;
    private readonly Tier _maxTier;
    private readonly Tier _defaultTier;
    private readonly ClaimPath? _subject;
    private readonly ClaimPath? _organisation;
    private readonly ClaimPath? _tenant;
    private readonly ClaimPath? _tier;
    private readonly ClaimPath? _acr;
    private readonly ClaimPath? _authTime;
    private readonly ClaimPath? _role;
    private readonly IdentityAssurance _assurance;
    private readonly CredentialClaims _credentials;
    private readonly LoginMethods _methods;
    private readonly FrozenDictionary<string, Role> _roles;

    public CallerMapping(IssuerOptions issuer, TierLadder ladder, ILogger<CallerMapping> logger, TimeProvider? time = null)
    {
        _assurance = new IdentityAssurance(issuer, ladder, time ?? TimeProvider.System);
        (_issuer, _ladder, _logger) = (issuer, ladder, logger);
        _credentials = new CredentialClaims(issuer, claim => Log.NotAllowed(logger, issuer.Name, claim));
        _methods = new LoginMethods(issuer);
        _tiers = issuer.Tiers.Count == 0
            ? ladder.Tiers.ToFrozenDictionary(tier => tier.Name, StringComparer.Ordinal)
            : issuer.Tiers
                .SelectMany(pair => pair.Value.Select(value => (value, Tier: ladder.Parse(pair.Key))))
                .ToFrozenDictionary(pair => pair.value, pair => pair.Tier, StringComparer.Ordinal);
        _tenants = issuer.AllowedTenants.ToFrozenSet(StringComparer.Ordinal);
        _maxTier = ladder.Parse(issuer.MaxTier);
        _defaultTier = ladder.Parse(issuer.DefaultTier);
        _subject = ClaimPath.Parse(issuer.SubjectClaim);
        _organisation = ClaimPath.Parse(issuer.OrganisationClaim);
        _tenant = ClaimPath.Parse(issuer.TenantClaim);
        _tier = ClaimPath.Parse(issuer.TierClaim);
        _acr = ClaimPath.Parse(issuer.AcrClaim);
        _authTime = ClaimPath.Parse(issuer.AuthTimeClaim);
        _role = ClaimPath.Parse(issuer.RolesClaim);
        _roles = issuer.Roles
            .SelectMany(static pair => pair.Value.Select(value => (Value: value, Role: Enum.Parse<Role>(pair.Key, ignoreCase: true))))
            .ToFrozenDictionary(static pair => pair.Value, static pair => pair.Role, StringComparer.Ordinal);
    }

    /// <summary>Null where the token names nobody: without a subject it would pass for an anonymous caller.</summary>
    public Caller? Map(JsonElement payload)
    {
        if (!IsWellTyped(payload) || Read(payload) is not { } caller || ActorChain.Of(payload, _issuer.Issuer) is not { } actors)
        {
            return null;
        }

        caller = caller with { Actors = actors.Subjects };
        return actors.IsTrusted(_issuer.TrustedActors) ? caller : caller with { Tier = _ladder.Lowest, Credentials = [], Roles = [], IsDelegated = true };
    }

    /// <summary>RFC 7519, 4.1: what others read leniently two readers may read otherwise.</summary>
    private static bool IsWellTyped(JsonElement payload) =>
        Array.TrueForAll(Times, name => !payload.TryGetProperty(name, out var time) || time.ValueKind == JsonValueKind.Number)
        && Array.TrueForAll(Names, name => !payload.TryGetProperty(name, out var text) || text.ValueKind == JsonValueKind.String);

    private Caller? Read(JsonElement payload) =>
        Name(_subject, payload) is { } subject
            ? new Caller(
                _issuer.Issuer,
                subject,
                Name(_organisation, payload),
                ReadTenant(payload),
                ReadTier(payload),
                [.. _credentials.Read(payload), .. _assurance.CredentialsOf(payload)],
                Name(_acr, payload),
                _authTime?.SingleTime(payload),
                IssuedAt.SingleTime(payload))
            {
                AcrsOfMethods = _methods.AcrsOf(payload),
                Roles = ReadRoles(payload),
                Status = StatusReference.Read(payload),
            }
            : null;

    private string? ReadTenant(JsonElement payload)
    {
        var tenant = Name(_tenant, payload);
        if (tenant is null || _tenants.Count == 0 || _tenants.Contains(tenant))
        {
            return tenant;
        }

        Log.NotAllowed(_logger, _issuer.Name, "tenant");
        return null;
    }

    private Tier ReadTier(JsonElement payload)
    {
        var claimed = ReadClaimedTier(payload);
        return _assurance.TierOf(payload) is { } proved && proved.Rank > claimed.Rank ? Capped(proved) : claimed;
    }

    private Tier Capped(Tier tier)
    {
        if (tier.Rank <= _maxTier.Rank)
        {
            return tier;
        }

        Log.TierCapped(_logger, _issuer.Name, _maxTier.Name);
        return _maxTier;
    }

    private Tier ReadClaimedTier(JsonElement payload)
    {
        if (_tier is null || _tier.Select(payload).Count == 0)
        {
            return _defaultTier;
        }

        Tier? best = null;
        foreach (var text in _tier.Texts(payload))
        {
            if (_tiers.TryGetValue(text, out var tier) && !(best?.Rank >= tier.Rank))
            {
                best = tier;
            }
        }

        switch (best)
        {
            case null:
                Log.UnknownTier(_logger, _issuer.Name, _ladder.Lowest.Name);
                return _ladder.Lowest;
            default:
                return Capped(best.Value);
        }
    }

    private ImmutableArray<Role> ReadRoles(JsonElement payload) =>
        _role is null ? [] : [.. _role.Texts(payload).Where(_roles.ContainsKey).Select(text => _roles[text]).Distinct().Order()];

    /// <summary>A name that is fit for a record: not empty, not endless, no control characters.</summary>
    private static string? Name(ClaimPath? path, JsonElement payload) =>
        path?.Single(payload) is { Length: > 0 and <= LongestName } text && !text.Any(char.IsControl) ? text : null;

    // No claim values: a token may carry anything.
    private static partial class Log
    {
        [LoggerMessage(EventName = "UnknownTierClaim", Level = LogLevel.Information, Message = "Issuer {Issuer} sent a tier that its configuration does not know; the caller is {Tier}.")]
        public static partial void UnknownTier(ILogger logger, string issuer, string tier);

        [LoggerMessage(EventName = "TierCapped", Level = LogLevel.Information, Message = "Issuer {Issuer} sent a tier above its MaxTier; the caller is {Tier}.")]
        public static partial void TierCapped(ILogger logger, string issuer, string tier);

        [LoggerMessage(EventName = "ClaimNotAllowed", Level = LogLevel.Information, Message = "Issuer {Issuer} sent a {Claim} that its configuration does not let it assert; it was ignored.")]
        public static partial void NotAllowed(ILogger logger, string issuer, string claim);
    }
}
