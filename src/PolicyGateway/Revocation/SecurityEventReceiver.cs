using System.Collections.Concurrent;
using PolicyGateway.Audit;
using PolicyGateway.State;
using PolicyGateway.Telemetry;

namespace PolicyGateway.Revocation;

/// <summary>
/// Takes security event tokens and makes them revocations, which are in force for every answer under way when it returns.
/// A token that came before has no effect, unless what it asked for could not be done then.
/// </summary>
internal sealed partial class SecurityEventReceiver(
    SecurityEventReader reader,
    SecurityEventEffects effects,
    IStateStore store,
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
        catch (Exception exception) when (exception is StateUnavailableException or AuditUnavailableException)
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
            telemetry.SecurityEvent(happened.Name, await effects.ApplyAsync(token, happened, cancellationToken));
        }

        for (var i = 0; i < token.Unknown; i++)
        {
            telemetry.SecurityEvent(SecurityEvent.Unknown, "ignored");
        }

        _unfinished.TryRemove(id, out _);
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "SecurityEventRefused", Level = LogLevel.Warning, Message = "A security event token was refused: {Error}. {Description}")]
        public static partial void Refused(ILogger logger, string error, string description);

        [LoggerMessage(EventName = "SecurityEventNotKept", Level = LogLevel.Error, Message = "A security event of transmitter {Transmitter} could not be kept or recorded; the transmitter is asked to send it again.")]
        public static partial void NotKept(ILogger logger, string transmitter, Exception exception);
    }
}
