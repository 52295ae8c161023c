namespace PolicyGateway.Access;

/// <summary>What has become of an appeal.</summary>
internal enum AppealStatus
{
    Open,

    /// <summary>The refusal was right.</summary>
    Upheld,

    /// <summary>The person gets a grant.</summary>
    Overturned,

    /// <summary>The classifier was wrong about the text.</summary>
    Mistake,
}

/// <summary>A person who was refused asks for another look.</summary>
internal sealed record Appeal
{
    public required string Id { get; init; }

    /// <summary>The refusal, as the error body named it.</summary>
    public required string DecisionId { get; init; }

    public required PersonRef Person { get; init; }

    /// <summary>The category that decided; null where none did.</summary>
    public string? Category { get; init; }

    /// <summary>The reason code of the refusal.</summary>
    public string? Reason { get; init; }

    public required string Statement { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an answer is due.</summary>
    public required DateTimeOffset DueAt { get; init; }

    public AppealStatus Status { get; init; }

    public Approval? Outcome { get; init; }

    public string? GrantId { get; init; }
}
