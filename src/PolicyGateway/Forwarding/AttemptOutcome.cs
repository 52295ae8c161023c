using PolicyGateway.Release;
using Yarp.ReverseProxy.Forwarder;

namespace PolicyGateway.Forwarding;

/// <summary>How one destination answered one request.</summary>
internal enum AttemptOutcome
{
    /// <summary>With an answer, be it one that says that the request is wrong.</summary>
    Answered,

    /// <summary>429: it works, and wants to be left alone.</summary>
    RateLimited,

    /// <summary>A status of 500 and above.</summary>
    ServerError,

    /// <summary>No connection, or one that broke before the head of an answer.</summary>
    Unreachable,

    /// <summary>No head of an answer in time.</summary>
    TimedOut,

    /// <summary>A head, and then not all of the body: reset, truncated or silent for too long.</summary>
    BrokenOff,

    /// <summary>The client left first.</summary>
    Aborted,
}

/// <summary>What outcomes mean, and their names in metrics.</summary>
internal static class AttemptOutcomes
{
    public static AttemptOutcome Of(HttpContext context, Hold hold)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return AttemptOutcome.Aborted;
        }

        return context.Features.Get<IForwarderErrorFeature>()?.Error switch
        {
            null or ForwarderError.None => OfAnswer(hold),
            ForwarderError.RequestTimedOut => AttemptOutcome.TimedOut,
            _ => AttemptOutcome.Unreachable,
        };
    }

    /// <summary>Whether it speaks against the destination.</summary>
    public static bool IsFailure(this AttemptOutcome outcome) => outcome is AttemptOutcome.ServerError || outcome.HasNoAnswer();

    /// <summary>Whether nothing came that the client could be told.</summary>
    public static bool HasNoAnswer(this AttemptOutcome outcome) =>
        outcome is AttemptOutcome.Unreachable or AttemptOutcome.TimedOut or AttemptOutcome.BrokenOff;

    public static string Name(this AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Answered => "answered",
        AttemptOutcome.RateLimited => "rate_limited",
        AttemptOutcome.ServerError => "server_error",
        AttemptOutcome.Unreachable => "unreachable",
        AttemptOutcome.TimedOut => "timed_out",
        AttemptOutcome.BrokenOff => "broken_off",
        _ => "aborted",
    };

    /// <summary>What the head of an answer says, if all of its body comes.</summary>
    public static AttemptOutcome OfStatus(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests => AttemptOutcome.RateLimited,
        >= StatusCodes.Status500InternalServerError => AttemptOutcome.ServerError,
        _ => AttemptOutcome.Answered,
    };

    private static AttemptOutcome OfAnswer(Hold hold) =>
        hold.Valve.End == UpstreamEnd.Broken ? AttemptOutcome.BrokenOff : OfStatus(hold.Response.StatusCode);
}
