using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Outgoing;
using PolicyGateway.State;

namespace PolicyGateway.Revocation;

/// <summary>Makes events revocations: in force at once, then kept, then recorded.</summary>
internal sealed partial class SecurityEventEffects(
    Revocations revocations, Outbox outbox, IAuditLog audit, IOptions<RevocationOptions> options, TimeProvider time, ILogger<SecurityEventEffects> logger)
{
    /// <returns>What came of it, for metrics.</returns>
    public Task<string> ApplyAsync(SecurityEventToken token, SecurityEvent happened, CancellationToken cancellationToken) => happened.Effect switch
    {
        EventEffect.None => Task.FromResult("ignored"),
        EventEffect.AccountReturns => LiftAsync(token, happened, cancellationToken),

        // Both times are whole seconds, so a token of the very second may be from before.
        EventEffect.TokensEnd => RevokeAsync(token, happened, happened.At.AddSeconds(1), cancellationToken),
        _ => RevokeAsync(token, happened, null, cancellationToken),
    };

    private async Task<string> RevokeAsync(SecurityEventToken token, SecurityEvent happened, DateTimeOffset? issuedBefore, CancellationToken cancellationToken)
    {
        var standing = revocations.Against(token.Issuer, token.Subject)
            .Where(entry => entry.By == token.From.By && entry.IssuedBefore is null == issuedBefore is null).ToList();
        if (standing.Exists(entry => entry.At > happened.At))
        {
            return "covered";
        }

        var entry = new RevocationEntry
        {
            Id = StateId.New("rev", time.GetUtcNow()),
            Target = RevocationTarget.Person,
            Issuer = token.Issuer,
            Subject = token.Subject,
            IssuedBefore = issuedBefore,
            At = happened.At,
            ForgetAt = issuedBefore + options.Value.KeepFor,
            By = token.From.By,
            ByIssuer = token.From.Options.Issuer,
            Reason = happened.Name,
        };
        var record = RecordOf(ChangeEvents.RevocationCreated, token, happened, entry);
        var reached = await audit.KeepAsync(record, () => revocations.RevokeAsync(entry, CancellationToken.None, outbox.Of(Happening.Of(Happening.RevocationCreated, entry, isFromHere: false))));
        Log.Revoked(logger, token.From.Options.Name, happened.Name, reached);
        await audit.CommitAsync(record with { Details = record.Details.Add(new("answers_under_way", $"{reached}")) }, CancellationToken.None);

        // One of each kind for each person and transmitter: the later one says all that the earlier said.
        foreach (var earlier in standing)
        {
            await revocations.LiftAsync(earlier, cancellationToken);
        }

        return "revoked";
    }

    /// <summary>Only what the same transmitter disabled before: an account that was disabled since stays so, whichever token comes first.</summary>
    private async Task<string> LiftAsync(SecurityEventToken token, SecurityEvent happened, CancellationToken cancellationToken)
    {
        var lifted = 0;
        foreach (var entry in revocations.Against(token.Issuer, token.Subject))
        {
            if (entry.By == token.From.By && entry.IssuedBefore is null && entry.At < happened.At)
            {
                var isLifted = await audit.MakeAsync(
                    RecordOf(ChangeEvents.RevocationLifted, token, happened, entry),
                    async () =>
                    {
                        await revocations.LiftAsync(entry, CancellationToken.None, outbox.Of(Happening.Of(Happening.RevocationLifted, entry, isFromHere: false)));
                        return true;
                    },
                    cancellationToken);
                lifted += isLifted ? 1 : 0;
            }
        }

        return lifted > 0 ? "lifted" : "ignored";
    }

    private ChangeRecord RecordOf(string change, SecurityEventToken token, SecurityEvent happened, RevocationEntry entry) => new()
    {
        Event = change,
        Issuer = token.From.Options.Issuer,
        Target = entry.Id,

        // Not the person: the record of the revocation has him, where he can be erased.
        Details = [new("revoked", "person"), new("revoked_issuer", entry.Issuer), new("security_event", happened.Name), new(TakenAgain.Transmitter, entry.By), .. revocations.DetailsOf(entry)],
    };

    private static partial class Log
    {
        [LoggerMessage(EventName = "SecurityEventRevoked", Level = LogLevel.Information, Message = "Transmitter {Transmitter} sent {Event}; it reached {Count} answers under way.")]
        public static partial void Revoked(ILogger logger, string transmitter, string @event, int count);
    }
}
