using System.Collections.Immutable;

namespace PolicyGateway.Dialects;

/// <summary>
/// What a caller is told when there is no completion: constant text per reason, no score and no matched text, so that the
/// gateway is no oracle. The members after <paramref name="Param"/> are those of RFC 9457, in the dialect's error object.
/// </summary>
internal sealed record GatewayError(int Status, string Type, string Code, string Message, string? Param = null)
{
    public string? Category { get; init; }

    public string? RequiredTier { get; init; }

    public ImmutableArray<string> RequiredCredentials { get; init; } = [];

    /// <summary>The grant that would open the category if its quota were not used up.</summary>
    public string? Grant { get; init; }

    /// <summary>When that grant opens again; null where it does not, or there is none.</summary>
    public DateTimeOffset? OpensAgainAt { get; init; }

    public Uri? VerificationUri { get; init; }

    public Uri? AppealUri { get; init; }

    public string? DecisionId { get; init; }

    /// <summary>The <c>WWW-Authenticate</c> value of a 401.</summary>
    public string? Challenge { get; init; }

    /// <summary>Tells SDKs, which retry every 5xx, that a retry would not help now.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Tells SDKs that a retry is expected to be answered.</summary>
    public bool IsForRetry { get; init; }

    /// <summary>When a retry makes sense, in whole seconds; null says nothing.</summary>
    public int? RetryAfter { get; init; }

    public static GatewayError Invalid(string message, string? param = null) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", "invalid_request", message, param);
}
