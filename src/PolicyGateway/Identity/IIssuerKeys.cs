namespace PolicyGateway.Identity;

/// <summary>Where an issuer's keys come from: configuration (<see cref="StaticKeys"/>) or discovery (<see cref="DiscoveredKeys"/>).</summary>
internal interface IIssuerKeys
{
    /// <summary>The keys that count now; null where they cannot be had, and then nothing can be verified.</summary>
    ValueTask<IssuerKeySet?> GetAsync();

    /// <summary>The keys after one look for a key that <paramref name="seen"/> lacks; rate-limited, so it may be the same set.</summary>
    ValueTask<IssuerKeySet?> RefreshAsync(IssuerKeySet seen);
}

/// <summary>Keys that only a restart changes.</summary>
internal sealed class StaticKeys(IssuerKeySet keys) : IIssuerKeys
{
    public ValueTask<IssuerKeySet?> GetAsync() => new(keys);

    public ValueTask<IssuerKeySet?> RefreshAsync(IssuerKeySet seen) => new(keys);
}
