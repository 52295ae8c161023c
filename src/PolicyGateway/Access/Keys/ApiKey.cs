using System.Collections.Immutable;
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

    /// <summary>The interfaces that it is for; null where it was made before keys were narrowed to some, and is for all that take a key.</summary>
    public ImmutableArray<ApiScope>? Scope { get; init; }

    /// <summary>The only models that it may ask, by their own names; null means all that its tier may.</summary>
    public ImmutableArray<string>? Models { get; init; }

    /// <summary>The only gated categories that it opens, as far as its holder has what they take, and what is nested in them; none for ordinary work only; null means all.</summary>
    public ImmutableArray<string>? Categories { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The key that takes its place.</summary>
    public string? ReplacedBy { get; init; }

    public Approval? Revoked { get; init; }

    /// <summary>What it is for, and narrowed to, in words.</summary>
    public IEnumerable<string> Limits()
    {
        yield return Scope is { } scope ? ApiScopes.Text(scope) : "all";
        if (Models is { } models)
        {
            yield return "models: " + string.Join(", ", models);
        }

        if (Categories is { } categories)
        {
            yield return "categories: " + (categories.IsEmpty ? "none" : string.Join(", ", categories));
        }
    }

    public string Owner() => Person?.Key() ?? Organisation!.Key();
}
