namespace PolicyGateway.Classification.Views;

/// <summary>What views may cost.</summary>
internal sealed record ViewLimits
{
    public static ViewLimits Default { get; } = new();

    /// <summary>Characters that any text may become beyond its share by <see cref="MaxExpansion"/>; default 1,024.</summary>
    public int MinCharacters { get; init; } = 1024;

    /// <summary>Length of a view over the length of the raw text; default 2, at least 1. Edits beyond it are left out.</summary>
    public double MaxExpansion { get; init; } = 2;

    /// <summary>How often what was decoded is decoded again, counting the first time; default 2, range 0 to 8.</summary>
    public int MaxDepth { get; init; } = 2;

    /// <summary>Characters that a view of <paramref name="raw"/> may have.</summary>
    public int MaxLength(string raw) => (int)Math.Min(int.MaxValue / 2, (MaxExpansion * raw.Length) + MinCharacters);
}
