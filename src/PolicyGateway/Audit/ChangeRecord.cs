using System.Collections.Immutable;

namespace PolicyGateway.Audit;

/// <summary>Somebody changed who may see what, or tried to.</summary>
internal sealed record ChangeRecord
{
    /// <summary>What happened, such as <c>grant.revoked</c>.</summary>
    public required string Event { get; init; }

    /// <summary>Who did it; null where the gateway did by itself.</summary>
    public string? Issuer { get; init; }

    /// <summary>Personal: stored beside the chain, digested with a salt inside it.</summary>
    public string? Subject { get; init; }

    /// <summary>What it was done to: the id of a request, grant, appeal or revocation.</summary>
    public required string Target { get; init; }

    /// <summary>Other ids and names that say what was done, such as the grant that came of a request.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Details { get; init; } = [];

    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>Why, in the words of whoever did it. Stored like a personal field, since it may speak of a person.</summary>
    public string? Reason { get; init; }
}
