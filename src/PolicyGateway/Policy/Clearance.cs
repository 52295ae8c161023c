using System.Collections.Frozen;
using System.Collections.Immutable;

namespace PolicyGateway.Policy;

/// <summary>A caller's mask over categories: what may be released to this caller. Prohibited text is in nobody's mask.</summary>
/// <param name="Categories">The categories that are open, nested ones named in full.</param>
internal sealed record Clearance(FrozenSet<string> Categories)
{
    /// <summary>The same in the order of their names, as records list them.</summary>
    public ImmutableArray<string> Listed { get; } = [.. Categories.Order(StringComparer.Ordinal)];

    public bool Opens(string category) => Categories.Contains(category);
}
