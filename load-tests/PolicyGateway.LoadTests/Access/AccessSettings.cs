namespace PolicyGateway.LoadTests.Access;

/// <summary>How large the store is, how often each thing is measured, and what must come out.</summary>
internal sealed record AccessSettings
{
    /// <summary>Grants in the store, 1,000 to 10,000,000.</summary>
    public int Grants { get; init; } = 1_000_000;

    /// <summary>People who have them, 100 to 1,000,000.</summary>
    public int People { get; init; } = 100_000;

    /// <summary>Records in the audit, 0 to 1,000,000.</summary>
    public int Records { get; init; } = 100_000;

    /// <summary>Lookups of a random person, from the store and from memory each.</summary>
    public int Lookups { get; init; } = 50_000;

    /// <summary>Looks at each page: of some of them nobody may have more than 60 in a minute.</summary>
    public int Looks { get; init; } = 50;

    /// <summary>Streams that are revoked.</summary>
    public int Revocations { get; init; } = 200;

    /// <summary>Requests whose token has a status, and as many whose has none.</summary>
    public int Checks { get; init; } = 5_000;

    /// <summary>Whether times have limits: those of a few calls are the compiler's.</summary>
    public bool HasLimits { get; init; } = true;

    /// <summary>Where the report goes; null writes none.</summary>
    public string? Output { get; init; } = "docs/benchmarks.md";

    /// <summary>The command that was given, for the report.</summary>
    public string Arguments { get; init; } = AccessCommand.Name;
}
