using System.Collections.Immutable;

namespace PolicyGateway.Classification;

/// <summary>What a loaded bundle offers: its name, its heads in order, and the thresholds it was calibrated with.</summary>
/// <param name="Model">The bundle's name and version, as stamped on every decision.</param>
/// <param name="Heads">The label map, in output order: the categories, then <c>flagged</c> and <c>prohibited</c>.</param>
/// <param name="Thresholds">One entry per head, in the same order; a policy may override each.</param>
public sealed record ClassifierProfile(string Model, ImmutableArray<string> Heads, ImmutableArray<HeadThreshold> Thresholds)
{
    /// <summary>The index of a head, or -1 where the bundle has no such head.</summary>
    public int IndexOf(string head) => Heads.IndexOf(head, StringComparer.Ordinal);
}

/// <summary>The band of one head: below <paramref name="Uncertain"/> clear, from <paramref name="Flagged"/> on flagged, uncertain between.</summary>
/// <param name="Uncertain">Lower edge of the uncertain band, a probability in [0, 1].</param>
/// <param name="Flagged">Upper edge, a probability in [0, 1], at least <paramref name="Uncertain"/>.</param>
public readonly record struct HeadThreshold(float Uncertain, float Flagged);
