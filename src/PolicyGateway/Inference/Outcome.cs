namespace PolicyGateway.Inference;

/// <summary>How a request ended.</summary>
internal enum Outcome
{
    /// <summary>The completion left.</summary>
    Released,

    /// <summary>We said no: malformed, unauthenticated, not cleared, prohibited, or no verdict.</summary>
    Refused,

    /// <summary>The client left, or the gateway failed, before it was over.</summary>
    Aborted,

    /// <summary>The backend failed, or answered what nobody can read.</summary>
    UpstreamFailed,
}

/// <summary>The outcomes' names in records and metrics.</summary>
internal static class OutcomeNames
{
    public static string Name(this Outcome outcome) => outcome switch
    {
        Outcome.Released => "released",
        Outcome.Refused => "refused",
        Outcome.Aborted => "aborted",
        _ => "upstream_failed",
    };
}
