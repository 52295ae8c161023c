using System.Collections.Immutable;

namespace PolicyGateway.Identity;

/// <summary>The ordered tiers of this deployment, lowest first, from <c>Identity:Tiers</c>.</summary>
internal sealed class TierLadder
{
    public static readonly TierLadder Default = new(["public", "registered", "verified", "professional"]);

    private readonly Dictionary<string, Tier> _byName;

    public TierLadder(IEnumerable<string> names)
    {
        Tiers = [.. names.Select((name, rank) => new Tier(rank, name))];
        _byName = Tiers.ToDictionary(tier => tier.Name, StringComparer.Ordinal);
    }

    public ImmutableArray<Tier> Tiers { get; }

    /// <summary>The tier of a caller about whom nothing is known.</summary>
    public Tier Lowest => Tiers[0];

    public Tier Highest => Tiers[^1];

    /// <summary>Unknown, missing or misspelt text is the lowest tier: nothing is raised by a mistake.</summary>
    public Tier Parse(string? text) =>
        text is not null && _byName.TryGetValue(text, out var tier) ? tier : Lowest;

    public bool TryGet(string name, out Tier tier) => _byName.TryGetValue(name, out tier);
}
