using System.Collections.Immutable;

namespace PolicyGateway.Audit;

/// <summary>Which moment of a request a record describes.</summary>
internal enum AuditEvent
{
    /// <summary>The request was refused, or failed, before anything was released.</summary>
    Refusal,

    /// <summary>A gated release begins: committed before its first byte leaves.</summary>
    ReleaseIntent,

    /// <summary>The request is over.</summary>
    Outcome,
}

/// <summary>
/// Who asked, what it was, under which policy and model, on what evidence, and what came of it. Never the text, unless an
/// operator turned on sealed evidence for the category, and then only encrypted.
/// </summary>
internal sealed record AuditRecord
{
    public required AuditEvent Event { get; init; }

    /// <summary>The id that the caller is given; both records of one request carry it.</summary>
    public required string DecisionId { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>W3C trace id, to find the trace.</summary>
    public string? TraceId { get; init; }

    public string? Issuer { get; init; }

    /// <summary>Personal: stored beside the chain, digested with a salt inside it.</summary>
    public string? Subject { get; init; }

    public string? Organisation { get; init; }

    public string? Tenant { get; init; }

    /// <summary>The project that the caller's token was narrowed to.</summary>
    public string? Project { get; init; }

    /// <summary>
    /// Whom the client of a key that many use named, by its own id. The log writes a keyed hash of it: it is there to be found again by
    /// whoever knows the id, and not to be read.
    /// </summary>
    public string? EndUser { get; init; }

    /// <summary>The id of the API key that the caller came with; null for a token.</summary>
    public string? KeyId { get; init; }

    /// <summary>How the login was made (<c>acr</c>), as far as the token says.</summary>
    public string? Acr { get; init; }

    /// <summary>How the sender proved that the token is his: <c>dpop</c>, <c>mtls</c>; null where he did not have to.</summary>
    public string? Binding { get; init; }

    public required string Tier { get; init; }

    public ImmutableArray<string> Credentials { get; init; } = [];

    /// <summary>The grants that counted for the caller.</summary>
    public ImmutableArray<string> Grants { get; init; } = [];

    /// <summary>Those of them that it was released under, and the organisation's that they are part of where that has a quota.</summary>
    public ImmutableArray<string> GrantsUsed { get; init; } = [];

    /// <summary>The dialect, for example <c>openai.chat</c>.</summary>
    public required string Dialect { get; init; }

    /// <summary>The model that the caller asked for, if the request could be read.</summary>
    public string? RequestedModel { get; init; }

    public required string PolicyVersion { get; init; }

    /// <summary><c>enforce</c>, <c>shadow</c> or <c>off</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The classifier bundle.</summary>
    public required string ClassifierModel { get; init; }

    /// <summary>The stage that decided, and its confidence per category that was not clear, for the prompt.</summary>
    public AuditVerdict? Prompt { get; init; }

    /// <summary>The same for the completion; null where none was judged.</summary>
    public AuditVerdict? Completion { get; init; }

    /// <summary>The action taken, for example <c>refuse</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The reason code.</summary>
    public required string Reason { get; init; }

    /// <summary>The policy key that decided.</summary>
    public required string Rule { get; init; }

    /// <summary>The category that decided, if one did.</summary>
    public string? Category { get; init; }

    /// <summary>The categories that were open to the caller.</summary>
    public ImmutableArray<string> Clearance { get; init; } = [];

    public required string ReleaseMode { get; init; }

    /// <summary><c>released</c>, <c>refused</c>, <c>aborted</c>, <c>upstream_failed</c>, or <c>pending</c> in an intent.</summary>
    public required string Outcome { get; init; }

    /// <summary>HTTP status sent to the caller; 0 where the connection ended before one was.</summary>
    public int Status { get; init; }

    /// <summary>Bytes of the completion's body that left for the caller.</summary>
    public long ReleasedBytes { get; init; }

    /// <summary>HMAC-SHA-256 of those bytes, in hex; null where none left.</summary>
    public string? ReleasedHash { get; init; }

    /// <summary>
    /// The text to seal, for categories whose evidence is on; encrypted by the audit log before it touches a disk, and
    /// dropped where sealing is off.
    /// </summary>
    public string? Evidence { get; init; }
}

/// <summary>A verdict as recorded.</summary>
internal sealed record AuditVerdict(string Severity, string Stage, ImmutableArray<AuditFinding> Findings, string? Unknown = null)
{
    /// <summary>What others than the classifier said, and what came of it.</summary>
    public ImmutableArray<AuditSignal> Signals { get; init; } = [];
}

/// <summary>What a backend or the guard said, as recorded.</summary>
/// <param name="Source">Who said it, as configured.</param>
/// <param name="Subject">The head or category that it spoke of.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Effect"><c>stricter</c>, <c>cleared</c> or <c>none</c>.</param>
internal sealed record AuditSignal(string Source, string Subject, float Score, string Effect);

/// <summary>A category that was not clear, as recorded.</summary>
internal sealed record AuditFinding(string Category, float Confidence, string Band);
