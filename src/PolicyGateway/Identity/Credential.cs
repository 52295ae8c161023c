namespace PolicyGateway.Identity;

/// <summary>A domain-bound proof, such as <c>security-professional</c>, with what is known of how it came about.</summary>
/// <param name="Name">The credential's name as policies use it.</param>
/// <param name="Issuer">Who vouches for it: the token's issuer, or that of a visa in the token.</param>
/// <param name="ExpiresAt">When it ends; null where it lives as long as the token.</param>
internal sealed record Credential(string Name, string Issuer, DateTimeOffset? ExpiresAt = null)
{
    // Two clocks may differ by this much; what is proved tomorrow is not proved.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <summary>Before when it does not count; null where nobody says.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When somebody last looked; null where nobody says, which is as good as never to a rule that asks.</summary>
    public DateTimeOffset? ProvedAt { get; init; }

    /// <summary>How it was proved, in the issuer's word: a trust framework, or who asserted a visa (<c>by</c>).</summary>
    public string? Method { get; init; }

    /// <summary>How sure the issuer is, in the issuer's word.</summary>
    public string? Assurance { get; init; }

    /// <summary>For whom the issuer speaks; null where it speaks for itself.</summary>
    public string? Source { get; init; }

    /// <summary>Whether it counts at all at <paramref name="now"/>.</summary>
    public bool IsInForce(DateTimeOffset now) =>
        !(ExpiresAt <= now) && !(NotBefore > now + ClockSkew) && !(ProvedAt > now + ClockSkew);
}
