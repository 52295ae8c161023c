namespace PolicyGateway.Identity;

/// <summary>How thoroughly a caller was verified: a rung of the <see cref="TierLadder"/>. Rank 0 is the lowest.</summary>
internal readonly record struct Tier(int Rank, string Name)
{
    public bool AtLeast(Tier required) => Rank >= required.Rank;

    public override string ToString() => Name;
}
