namespace PolicyGateway.Identity;

/// <summary>Who may be believed about a caller: the section <c>Identity</c>.</summary>
internal sealed class IdentityOptions
{
    public const string Section = "Identity";

    /// <summary>The tiers, lowest first; empty means <c>public, registered, verified, professional</c>.</summary>
    /// <remarks>The default is not the property's own: the configuration binder appends to a list that is there.</remarks>
    public List<string> Tiers { get; set; } = [];

    /// <summary>How far clocks may differ; default 30 s, 0 to 60 s.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many validated tokens are remembered; default 10,000, 0 to 1,000,000, 0 turns the cache off.</summary>
    public int TokenCacheEntries { get; set; } = 10_000;

    /// <summary>How long a validated token is remembered, never past its <c>exp</c>; default 60 s, 0 to 60 s.</summary>
    public TimeSpan TokenCacheLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Age at which an issuer's keys are fetched again, beside the request; default 1 min, 10 s to 1 h.</summary>
    public TimeSpan KeyRefreshInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Age at which keys stop counting, reachable issuer or not; default 5 min, up to 24 h.</summary>
    public TimeSpan KeyMaximumAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Least time between two fetches that an unknown key id asked for; default 10 s, 1 s to 5 min.</summary>
    public TimeSpan UnknownKeyRefreshInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Scopes to publish in the resource metadata; none by default.</summary>
    public List<string> ScopesSupported { get; set; } = [];

    /// <summary>The <c>type</c> of <c>authorization_details</c> (RFC 9396) that narrow a token to categories and a project.</summary>
    public string AuthorizationDetailsType { get; set; } = "policygateway_category_access";

    /// <summary>Proofs of possession of tokens that are bound to a key.</summary>
    public DpopOptions Dpop { get; set; } = new();

    /// <summary>The header in which a trusted proxy passes on a client's certificate in the form of RFC 9440, such as <c>Client-Cert</c>; none by default.</summary>
    public string? ClientCertificateHeader { get; set; }

    /// <summary>Addresses or ranges (<c>10.0.0.0/8</c>) of the proxies whose certificate header is believed; none by default.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    public List<IssuerOptions> Issuers { get; set; } = [];

    /// <summary>The names of <see cref="Tiers"/>, or the default ones.</summary>
    public IReadOnlyList<string> TierNames() =>
        Tiers.Count > 0 ? Tiers : [.. TierLadder.Default.Tiers.Select(tier => tier.Name)];
}
