using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;
using PolicyGateway.Privacy;
using PolicyGateway.State;

namespace PolicyGateway.Revocation;

/// <summary>
/// Where the store is one that was restored from a backup, takes away again what the audit says was taken away since, before anybody is
/// answered.
/// </summary>
internal sealed partial class RestoredState(IStateStore store, PrivacyKey key, IAuditLog audit, IOptions<AuditOptions> options, ILogger<RestoredState> logger) : IHostedService
{
    /// <summary>Clocks are set back now and then; what is looked at needlessly is taken away already.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private const int MostNamed = 20;

    private static readonly string[] Kinds = ["grant", "key", "identity", "revocation"];

    private readonly StateSet<BackupMark> _marks = BackupMark.SetOf(store);

    /// <exception cref="StateUnavailableException">Not all of it can be taken away again, and nobody has accepted that; nothing is changed.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await _marks.FindAsync(BackupMark.Id, cancellationToken) is not { } mark)
        {
            return;
        }

        var (at, taken) = (mark.Value.At, new TakenAgain(store, key, mark.Value.At));
        var (changes, since, reaches) = Read(at);
        foreach (var line in changes)
        {
            await taken.AddAsync(line, cancellationToken);
        }

        IReadOnlyList<string> unknown = reaches ? taken.Unknown : ["records that the audit does not have any more", .. taken.Unknown];
        if (unknown.Count > 0 && !mark.Value.IsAccepted)
        {
            throw new StateUnavailableException(
                $"State:File was restored from a backup of {at:O}, and the audit does not say of all that was revoked since whom it named: {string.Join(", ", unknown.Take(MostNamed))}{(unknown.Count > MostNamed ? $" and {unknown.Count - MostNamed} more" : "")}. "
                + "'policygateway state accept-restore' lets the gateway start without them; then revoke them again.");
        }

        var record = new ChangeRecord
        {
            Event = ChangeEvents.StateRestored,
            Target = BackupMark.Id,
            Details =
            [
                new("backup_at", $"{at:O}"), new("records_since", $"{since}"), .. Kinds.Select(kind => KeyValuePair.Create(kind, $"{taken.CountOf(kind)}")),
                new("not_taken_again", $"{unknown.Count}"), new("erased_since", $"{taken.Erased}"),
            ],
        };
        if (!await audit.MakeAsync(record, () => store.TryWriteAsync([.. taken.Changes, _marks.Remove(mark)], CancellationToken.None), cancellationToken))
        {
            throw new StateUnavailableException("State:File was changed by somebody else while it was restored; start again.");
        }

        if (since == 0)
        {
            Log.NothingSince(logger, at);
        }

        Log.Restored(logger, at, taken.CountOf("grant"), taken.CountOf("key"), taken.CountOf("identity"), taken.CountOf("revocation"), unknown.Count, taken.Erased);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Changes from the backup on, oldest first; how many records there are since; and whether the audit reaches back so far.</summary>
    private (List<AuditLine> Changes, long Since, bool Reaches) Read(DateTimeOffset at)
    {
        if (!File.Exists(options.Value.File))
        {
            return ([], 0, true);
        }

        try
        {
            using var database = AuditDatabase.Open(options.Value.File);
            var (changes, since) = (new List<AuditLine>(), 0L);
            foreach (var line in database.ReadLines(new AuditPlace(), database.FirstAt(at - Margin), long.MaxValue))
            {
                var isChange = line.Text("kind") == AuditPayload.ChangeKind;
                since += (isChange || line.IsDecision) && line.RecordedAt > at ? 1 : 0;
                if (isChange || !line.IsReadable)
                {
                    changes.Add(line);
                }
            }

            changes.Reverse();
            var (first, _) = database.ReadRange();
            return (changes, since, first <= 1 || database.FirstAt(at) > first);
        }
        catch (SqliteException fault)
        {
            throw new StateUnavailableException($"State:File was restored from a backup, and Audit:File '{options.Value.File}' cannot be read for what was revoked since: {fault.Message}", fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "StateRestored", Level = LogLevel.Warning, Message = "The store was restored from a backup of {At:O}; taken away again: {Grants} grants, {Keys} keys, {Joins} joins, {Revocations} revocations; not taken away again: {Unknown}; people to erase again: {Erased}")]
        public static partial void Restored(ILogger logger, DateTimeOffset at, int grants, int keys, int joins, int revocations, int unknown, int erased);

        [LoggerMessage(EventName = "StateRestoredBlindly", Level = LogLevel.Warning, Message = "The audit has no record from after the backup of {At:O}: whatever was taken away since counts again")]
        public static partial void NothingSince(ILogger logger, DateTimeOffset at);
    }
}
