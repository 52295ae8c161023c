using System.Security.Cryptography;

namespace PolicyGateway.Identity;

/// <summary>
/// Whether whoever sent a token holds the key that it is bound to. Asked for each request: what is remembered of a token says
/// nothing about its sender.
/// </summary>
internal sealed partial class Possession(DpopProofs proofs, ILogger<Possession> logger)
{
    /// <summary>Null where nothing stands against it. Asked twice of one request, it answers the same, though the proof is used by then.</summary>
    public async ValueTask<AuthenticationFault?> CheckAsync(HttpContext context, AccessToken sent, Confirmation? bound)
    {
        if (bound is null && sent.Proof is null)
        {
            return null;
        }

        if (context.Features.Get<Answered>() is { } answered && answered.Sent == sent)
        {
            return answered.Fault;
        }

        var fault = await FaultOfAsync(context, sent, bound).ConfigureAwait(false);
        context.Features.Set(new Answered(sent, fault));
        if (fault is not null)
        {
            Log.NotProven(logger, fault.Reason);
        }

        return fault;
    }

    private async ValueTask<AuthenticationFault?> FaultOfAsync(HttpContext context, AccessToken sent, Confirmation? bound)
    {
        switch (bound?.Key, sent.Proof)
        {
            case (null, { }):
                return AuthenticationFault.UnboundWithProof;
            case ({ }, null):
                return AuthenticationFault.BoundSentAsBearer;
            case ({ }, { } proof) when await proofs.CheckAsync(context, sent.Text!, proof, bound!).ConfigureAwait(false) is { } fault:
                return fault;
        }

        return bound?.Certificate is not { } expected
            || (ClientCertificates.HashOf(context) is { } presented && CryptographicOperations.FixedTimeEquals(presented, expected))
                ? null
                : AuthenticationFault.OtherCertificate;
    }

    private sealed record Answered(AccessToken Sent, AuthenticationFault? Fault);

    private static partial class Log
    {
        [LoggerMessage(EventName = "PossessionNotProven", Level = LogLevel.Information, Message = "A sender did not prove to hold the key of an access token: {Reason}.")]
        public static partial void NotProven(ILogger logger, string reason);
    }
}
