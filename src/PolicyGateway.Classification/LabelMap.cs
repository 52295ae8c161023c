using System.Collections.Immutable;

namespace PolicyGateway.Classification;

/// <summary>The heads of every bundle, in output order. A bundle with any other order does not load.</summary>
public static class LabelMap
{
    /// <summary>Whether the text is anything but benign.</summary>
    public const string Flagged = "flagged";

    /// <summary>Whether the text is on the far side of the line that no credential opens.</summary>
    public const string Prohibited = "prohibited";

    /// <summary>The 14 categories of the taxonomy.</summary>
    public static readonly ImmutableArray<string> Categories =
    [
        "cyber", "bio", "chem", "nuclear", "weapons", "fraud", "influence",
        "adult", "self_harm", "violence_hate", "privacy", "illicit", "minors", "jailbreak",
    ];

    /// <summary>The categories, then <see cref="Flagged"/> and <see cref="Prohibited"/>.</summary>
    public static readonly ImmutableArray<string> Heads = [.. Categories, Flagged, Prohibited];

    internal const int HeadCount = 16;
    internal const int FlaggedIndex = 14;
    internal const int ProhibitedIndex = 15;
}
