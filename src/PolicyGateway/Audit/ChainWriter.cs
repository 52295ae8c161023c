using Microsoft.Data.Sqlite;

namespace PolicyGateway.Audit;

/// <summary>
/// Extends the chain. One thread at a time: <see cref="SqliteAuditLog"/> sees to that. Every method is one transaction,
/// and the head in memory moves only after it is durable, so a failed one leaves nothing behind.
/// </summary>
internal sealed partial class ChainWriter : IDisposable
{
    /// <summary>Bounds a retention or erasure step, so that commits are not kept waiting behind a long one.</summary>
    public const int StepRecords = 5_000;

    private readonly AuditOptions _options;
    private readonly Action<SqliteConnection>? _onOpen;
    private readonly SigningKey _key;
    private readonly EvidenceSeal? _seal;
    private readonly HeadsFile _heads;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private AuditStore? _store;
    private ChainHead _head;

    /// <exception cref="AuditUnavailableException">The log, its key or its heads cannot be used; the message names the setting.</exception>
    public ChainWriter(AuditOptions options, SigningKey key, AuditStore store, TimeProvider time, ILogger logger, Action<SqliteConnection>? onOpen)
    {
        (_options, _key, _store, _time, _logger, _onOpen) = (options, key, store, time, logger, onOpen);
        _seal = EvidenceSeal.From(options.SealedEvidence);
        _heads = new HeadsFile(options.HeadsFile);
        _heads.CutTornLine();
        _head = store.ReadHead();
        LogId = store.LogId;
        CheckAgainstHeads(store);
        if (CheckTail(store) != key.Id)
        {
            Transact(draft => draft.Append(stamp => AuditPayload.OfKey(stamp, key)));
            Log.KeyTaken(logger, key.Id);
        }
    }

    public string LogId { get; }

    public ChainHead Head => _head;

    /// <summary>Records that no exported head covers yet.</summary>
    public long Unsigned => _head.Seq - LastCheckpoint;

    public long LastCheckpoint { get; private set; }

    public void Write(IReadOnlyList<AuditRecord> records) => Transact(draft =>
    {
        foreach (var record in records)
        {
            draft.Append(record, _options.SealedEvidence.Covers(record.Category) ? _seal : null);
        }

        return records.Count;
    });

    public long Write(ChangeRecord record) => Transact(draft =>
    {
        draft.Append(record);
        return 1L;
    });

    /// <summary>Erases what is stored of a person beside the chain, evidence included; returns the number of records touched.</summary>
    /// <param name="issuer">Whose name the subject is.</param>
    /// <param name="subject">The person.</param>
    /// <param name="about">Records of others whose reason is about him: that is erased, and who gave it stays.</param>
    public int Erase(string? issuer, string subject, IReadOnlyCollection<long> about)
    {
        var erased = Transact(draft =>
        {
            var own = draft.Store.FindPersonal(issuer, subject);
            return Erase(draft, own, draft.Store.Erase) + Erase(draft, about.Except(own), draft.Store.EraseReason);
        });
        if (erased > 0 && !OpenStore().EmptyWal())
        {
            Log.WalNotEmptied(_logger);
        }

        return erased;
    }

    private static int Erase(ChainDraft draft, IEnumerable<long> records, Action<long> erase)
    {
        var erased = 0;
        foreach (var step in records.Chunk(StepRecords))
        {
            Array.ForEach(step, erase);
            draft.Append(stamp => AuditPayload.OfErasure(stamp, step));
            erased += step.Length;
        }

        return erased;
    }

    /// <summary>Removes at most <see cref="StepRecords"/> records written before <paramref name="cutoff"/>; the last record always stays.</summary>
    public int RemoveBefore(DateTimeOffset cutoff) => Transact(draft =>
    {
        var first = draft.Store.ReadFirstSeq();
        var through = LastBefore(draft.Store, cutoff, first, Math.Min(_head.Seq - 1, first + StepRecords - 1));
        if (through < first)
        {
            return 0;
        }

        // The signed cut first: the trigger lets records go only behind one.
        var cut = new ChainHead(through, draft.Store.ReadHash(through)!, cutoff);
        draft.Store.PutHead(_key.Sign(HeadKind.Cut, LogId, cut, _time.GetUtcNow()));
        draft.Store.RemoveThrough(through);
        draft.Append(stamp => AuditPayload.OfRetention(stamp, through));
        return (int)(through - first + 1);
    });

    /// <summary>Exports the head: signs it, appends it to the heads file, logs it.</summary>
    public void Checkpoint()
    {
        if (Unsigned == 0)
        {
            return;
        }

        // The file first: a head in the file alone still proves, one in the database alone was not exported.
        var head = _key.Sign(HeadKind.Checkpoint, LogId, _head, _time.GetUtcNow());
        var line = head.ToLine();
        _heads.Append(line);
        LastCheckpoint = head.Seq;
        Log.HeadSigned(_logger, line);
        Transact(draft =>
        {
            draft.Store.PutHead(head);
            return 0;
        });
    }

    /// <summary>Writes what is there already, to find out whether writing works.</summary>
    public void Probe() => Transact(draft =>
    {
        draft.Store.PutHead(_key.Sign(HeadKind.Tail, LogId, _head, _time.GetUtcNow()));
        return 0;
    });

    public void Dispose() => _store?.Dispose();

    private T Transact<T>(Func<ChainDraft, T> write)
    {
        try
        {
            var store = OpenStore();
            store.Begin();
            var draft = new ChainDraft(store, _head, _time.GetUtcNow());
            var result = write(draft);
            if (draft.Head != _head)
            {
                store.PutHead(_key.Sign(HeadKind.Tail, LogId, draft.Head, _time.GetUtcNow()));
            }

            store.Commit();
            _head = draft.Head;
            return result;
        }
        catch (Exception fault) when (fault is not AuditUnavailableException)
        {
            CloseStore();
            throw new AuditUnavailableException($"The audit log '{_options.File}' could not be written: {fault.Message}", fault);
        }
    }

    // A commit that failed may have reached the disk, so the head is read anew; anything but our own chain is refused.
    private AuditStore OpenStore()
    {
        if (_store is null)
        {
            var store = AuditStore.Open(_options.File, _onOpen);
            try
            {
                if (store.LogId != LogId || (_head.Seq > 0 && !_head.Hash.AsSpan().SequenceEqual(store.ReadHash(_head.Seq))))
                {
                    throw new AuditUnavailableException($"Audit:File '{_options.File}' was changed under the gateway: record {_head.Seq} is not the one it wrote.");
                }

                _head = store.ReadHead();
                CheckTail(store);
                _store = store;
            }
            finally
            {
                if (_store is null)
                {
                    store.Dispose();
                }
            }
        }

        return _store;
    }

    private void CloseStore()
    {
        var store = _store;
        _store = null;
        try
        {
            store?.Dispose();
        }
        catch (SqliteException fault)
        {
            Log.CloseFailed(_logger, fault);
        }
    }

    private void CheckAgainstHeads(AuditStore store)
    {
        if (_heads.Last() is not { } last)
        {
            return;
        }

        if (last.LogId != LogId || last.Seq > _head.Seq
            || (store.ReadHash(last.Seq) is { } hash && !hash.AsSpan().SequenceEqual(last.Hash)))
        {
            throw new AuditUnavailableException(
                $"Audit:File '{_options.File}' does not contain record {last.Seq} that Audit:HeadsFile '{_heads.Path}' proves: "
                + "run 'audit verify'. To begin anew on purpose, move both files away.");
        }

        LastCheckpoint = last.Seq;
    }

    // Without this, a last record rewritten while the gateway was down would be signed over by the next one.
    private string? CheckTail(AuditStore store)
    {
        var tail = store.ReadTail();
        var sound = tail is null
            ? _head.Seq == 0
            : tail.Seq == _head.Seq && tail.Hash.AsSpan().SequenceEqual(_head.Hash) && (tail.KeyId != _key.Id || _key.Verifies(tail));
        return sound
            ? tail?.KeyId
            : throw new AuditUnavailableException($"Audit:File '{_options.File}' does not end with the record that was signed last: run 'audit verify'.");
    }

    // Times never run backwards along the chain, so the last old record is found by halving.
    private static long LastBefore(AuditStore store, DateTimeOffset cutoff, long low, long high)
    {
        var found = low - 1;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            if (store.ReadRecordedAt(middle) < cutoff)
            {
                (found, low) = (middle, middle + 1);
            }
            else
            {
                high = middle - 1;
            }
        }

        return found;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4101, EventName = "AuditHeadSigned", Level = LogLevel.Information,
            Message = "Audit head {Head}")]
        public static partial void HeadSigned(ILogger logger, string head);

        [LoggerMessage(EventId = 4102, EventName = "AuditKeyTaken", Level = LogLevel.Information,
            Message = "The audit log is signed by key {KeyId} from here on")]
        public static partial void KeyTaken(ILogger logger, string keyId);

        [LoggerMessage(EventId = 4103, EventName = "AuditWalNotEmptied", Level = LogLevel.Warning,
            Message = "Erased fields remain in the audit's write-ahead log until the next erasure or restart, because a reader holds it")]
        public static partial void WalNotEmptied(ILogger logger);

        [LoggerMessage(EventId = 4104, EventName = "AuditCloseFailed", Level = LogLevel.Warning, Message = "The audit database did not close cleanly")]
        public static partial void CloseFailed(ILogger logger, Exception fault);
    }
}
