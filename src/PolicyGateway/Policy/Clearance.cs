using System.Collections.Frozen;

namespace PolicyGateway.Policy;

/// <summary>A caller's mask over categories: what may be released to this caller. Prohibited text is in nobody's mask.</summary>
/// <param name="Categories">The categories that are open, nested ones named in full.</param>
internal sealed record Clearance(FrozenSet<string> Categories)
{
    public bool Opens(string category) => Categories.Contains(category);
}
