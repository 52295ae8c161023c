using PolicyGateway.Identity;

namespace PolicyGateway.Access.Keys;

/// <summary>
/// A key of the gateway's own, for clients that know nothing but a static one. Only its hash is kept. It carries a tier and no
/// credentials: what it opens beyond that, grants of its owner open.
/// </summary>
internal sealed record ApiKey
{
    public required string Id { get; init; }

    /// <summary>SHA-256 of the key, in hex. The key has 256 random bits, so that nothing slower is needed.</summary>
    public required string Hash { get; init; }

    /// <summary>The first characters of the key, by which its owner knows it again.</summary>
    public required string Hint { get; init; }

    /// <summary>What its owner calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Whose it is; else it is the organisation's.</summary>
    public PersonRef? Person { get; init; }

    /// <summary>The organisation that it belongs to, or that its person belongs to.</summary>
    public OrganisationRef? Organisation { get; init; }

    public string? Tenant { get; init; }

    /// <summary>Whether many people use it, such as those of a chat front end: each request must name one (<see cref="EndUser"/>).</summary>
    public bool MultiUser { get; init; }

    public required string Tier { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The key that takes its place.</summary>
    public string? ReplacedBy { get; init; }

    public Approval? Revoked { get; init; }

    public string Owner() => Person?.Key() ?? Organisation!.Key();
}
