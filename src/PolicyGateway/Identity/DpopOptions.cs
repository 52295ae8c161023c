namespace PolicyGateway.Identity;

/// <summary>What a proof of possession must be like (RFC 9449): the section <c>Identity:Dpop</c>.</summary>
internal sealed class DpopOptions
{
    /// <summary>Whether every proof needs a nonce of this gateway; default false, where only a proof from before the start needs one.</summary>
    public bool RequireNonce { get; set; }

    /// <summary>Oldest age of a proof, beside <c>Identity:ClockSkew</c>; default 60 s, 5 s to 5 min.</summary>
    public TimeSpan ProofLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Time after which another nonce is given out; each counts for one to two of them. Default 5 min, 10 s to 1 h.</summary>
    public TimeSpan NonceLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Accepted signature algorithms of proofs, asymmetric ones only; empty means ES256, PS256 and RS256.</summary>
    public List<string> Algorithms { get; set; } = [];

    public IReadOnlyList<string> AcceptedAlgorithms() => Algorithms.Count > 0 ? Algorithms : IssuerOptions.DefaultAlgorithms;
}
