using PolicyGateway.Telemetry;

namespace PolicyGateway.Tests.Telemetry;

internal static class EveryVerb
{
    /// <summary>Says each thing once that the gateway can say of a request.</summary>
    public static void Of(GatewayTelemetry telemetry)
    {
        var call = new GenAiCall("chat", "openai.chat", "demo");
        telemetry.Used(12, 34, call);
        telemetry.InForce(() => ("1f2e", "ngram-1@3f2a9c01"));
        telemetry.Classified("prompt", "ngram", "ngram-1@3f2a9c01", "none", TimeSpan.FromMilliseconds(1));
        telemetry.Queued("prompt", TimeSpan.FromMilliseconds(1));
        telemetry.Decided("prompt", "refuse", "verification_required", "cyber", "dual-use", "enforce");
        telemetry.FirstUpstreamByte(TimeSpan.FromMilliseconds(2), call);
        telemetry.FirstReleasedByte(TimeSpan.FromMilliseconds(3), call);
        telemetry.Held(TimeSpan.FromMilliseconds(4), 1024, "released");
        telemetry.Released(1024, "benign");
        telemetry.ReleasedUnscanned(0);
        telemetry.Moderated("flagged", 1);
        telemetry.Observed("judged");
        telemetry.Swapped("swapped");
        telemetry.CandidateAsked("judged");
        telemetry.Compared("prompt", "ngram-1@3f2a9c01", "benign", "ngram-2@0c1d2e3f", "uncertain");
        telemetry.Guarded("safe", TimeSpan.FromMilliseconds(1));
        telemetry.StatusListFetched("fetched");
        telemetry.StatusRefused("status_invalid");
        telemetry.SecurityEvent("session-revoked", "revoked");
        telemetry.Attempted("answered", "c/0");
        telemetry.Finished("refused", "verification_required", call, 403, TimeSpan.FromMilliseconds(5));
    }
}
