using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PolicyGateway.State;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Revocation;

/// <summary>
/// Takes security event tokens and makes them revocations, which are in force for every answer under way when it returns.
/// A token that came before has no effect, unless what it asked for could not be done then.
/// </summary>
internal sealed partial class SecurityEventReceiver(
    SecurityEventReader reader,
    Revocations revocations,
    IStateStore store,
    IOptions<RevocationOptions> options,
    GatewayTelemetry telemetry,
    TimeProvider time,
    ILogger<SecurityEventReceiver> logger)
{
    private const string Scope = "security-event";

    /// <summary>A transmitter sends again within minutes; what comes later finds its revocation standing.</summary>
    private static readonly TimeSpan MarkFor = TimeSpan.FromHours(6);

    // Marked, but not done: its next delivery is no replay.
    private readonly ConcurrentDictionary<string, byte> _unfinished = new(StringComparer.Ordinal);

    /// <summary>Null where the token was taken.</summary>
    public async Task<EventFault?> ReceiveAsync(string text, Delivery delivery, CancellationToken cancellationToken)
    {
        var (token, fault) = await reader.ReadAsync(text, delivery);
        if (token is null)
        {
            telemetry.SecurityEvent("none", fault!.Error);
            Log.Refused(logger, fault.Error, fault.Description);
            return fault;
        }

        try
        {
            await TakeAsync(token, cancellationToken);
            return null;
        }
        catch (StateUnavailableException exception)
        {
            // In force all the same, but perhaps not after a restart: the transmitter is asked to send it again.
            telemetry.SecurityEvent("none", EventFault.Unavailable.Error);
            Log.NotKept(logger, token.From.Options.Name, exception);
            return EventFault.Unavailable;
        }
    }

    private async Task TakeAsync(SecurityEventToken token, CancellationToken cancellationToken)
    {
        // The length keeps "a" + "bc" apart from "ab" + "c".
        var id = $"{token.From.Options.Issuer.Length}:{token.From.Options.Issuer}:{token.Id}";
        var isNew = await store.TryMarkAsync(Scope, id, time.GetUtcNow() + MarkFor, cancellationToken);
        if (!isNew && !_unfinished.ContainsKey(id))
        {
            telemetry.SecurityEvent("none", "replayed");
            return;
        }

        _unfinished[id] = 0;
        foreach (var happened in token.Events)
        {
            telemetry.SecurityEvent(happened.Name, await ApplyAsync(token, happened, cancellationToken));
        }

        for (var i = 0; i < token.Unknown; i++)
        {
            telemetry.SecurityEvent(SecurityEvent.Unknown, "ignored");
        }

        _unfinished.TryRemove(id, out _);
    }

    private async Task<string> ApplyAsync(SecurityEventToken token, SecurityEvent happened, CancellationToken cancellationToken)
    {
        switch (happened.Effect)
        {
            case EventEffect.None:
                return "ignored";
            case EventEffect.AccountReturns:
                return await LiftAsync(token, happened.At, cancellationToken);
            default:
                // Both times are whole seconds, so a token of the very second may be from before.
                return await RevokeAsync(token, happened, happened.Effect == EventEffect.TokensEnd ? happened.At.AddSeconds(1) : null, cancellationToken);
        }
    }

    private async Task<string> RevokeAsync(SecurityEventToken token, SecurityEvent happened, DateTimeOffset? issuedBefore, CancellationToken cancellationToken)
    {
        var standing = revocations.Against(token.Issuer, token.Subject)
            .Where(entry => entry.By == token.From.By && entry.IssuedBefore is null == issuedBefore is null).ToList();
        if (standing.Exists(entry => entry.At > happened.At))
        {
            return "covered";
        }

        var reached = await revocations.RevokeAsync(
            new RevocationEntry
            {
                Id = StateId.New("rev", time.GetUtcNow()),
                Target = RevocationTarget.Person,
                Issuer = token.Issuer,
                Subject = token.Subject,
                IssuedBefore = issuedBefore,
                At = happened.At,
                ForgetAt = issuedBefore + options.Value.KeepFor,
                By = token.From.By,
                Reason = happened.Name,
            },
            cancellationToken);
        Log.Revoked(logger, token.From.Options.Name, happened.Name, reached);

        // One of each kind for each person and transmitter: the later one says all that the earlier said.
        foreach (var earlier in standing)
        {
            await revocations.LiftAsync(earlier, cancellationToken);
        }

        return "revoked";
    }

    /// <summary>Only what the same transmitter disabled before: an account that was disabled since stays so, whichever token comes first.</summary>
    private async Task<string> LiftAsync(SecurityEventToken token, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var lifted = 0;
        foreach (var entry in revocations.Against(token.Issuer, token.Subject))
        {
            if (entry.By == token.From.By && entry.IssuedBefore is null && entry.At < at)
            {
                await revocations.LiftAsync(entry, cancellationToken);
                lifted++;
            }
        }

        return lifted > 0 ? "lifted" : "ignored";
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "SecurityEventRefused", Level = LogLevel.Warning, Message = "A security event token was refused: {Error}. {Description}")]
        public static partial void Refused(ILogger logger, string error, string description);

        [LoggerMessage(EventName = "SecurityEventNotKept", Level = LogLevel.Error, Message = "A security event of transmitter {Transmitter} could not be kept; the transmitter is asked to send it again.")]
        public static partial void NotKept(ILogger logger, string transmitter, Exception exception);

        [LoggerMessage(EventName = "SecurityEventRevoked", Level = LogLevel.Information, Message = "Transmitter {Transmitter} sent {Event}; it reached {Count} answers under way.")]
        public static partial void Revoked(ILogger logger, string transmitter, string @event, int count);
    }
}
