using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace PolicyGateway.Audit;

/// <summary>
/// The audit log in a SQLite file. Any thread queues; one task writes, whatever waits at that moment in one transaction,
/// so that many commits share one sync to disk. While a batch is written the next one gathers by itself: only notes wait
/// for company, and no longer than <see cref="AuditOptions.BatchMaxDelay"/>.
/// </summary>
internal sealed partial class SqliteAuditLog : IAuditLog, IAsyncDisposable
{
    private readonly AuditOptions _options;
    private readonly FileStream _lock;
    private readonly SigningKey _key;
    private readonly ChainWriter _chain;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Entry> _queue;
    private readonly SemaphoreSlim _hurry = new(0);
    private readonly Task _writing;
    private int _stopped;
    private string? _fault;

    private SqliteAuditLog(AuditOptions options, FileStream fileLock, SigningKey key, ChainWriter chain, TimeProvider time, ILogger logger)
    {
        (_options, _lock, _key, _chain, _time, _logger) = (options, fileLock, key, chain, time, logger);
        _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _unsignedSince = time.GetTimestamp();
        _writing = Task.Run(WriteQueueAsync);
    }

    public AuditMetrics Metrics { get; } = new();

    /// <summary>Why the last transaction failed; null where it did not. For readiness; recovery is probed for.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <param name="options">With absolute paths (<see cref="AuditOptions.ResolvePaths"/>).</param>
    /// <param name="time">Stamps records and heads.</param>
    /// <param name="logger">Where heads and losses are told.</param>
    /// <param name="onOpen">What a test does to each database connection.</param>
    /// <exception cref="AuditUnavailableException">A file cannot be used; the message names its setting.</exception>
    public static SqliteAuditLog Open(
        AuditOptions options, TimeProvider time, ILogger<SqliteAuditLog> logger, Action<SqliteConnection>? onOpen = null)
    {
        FileStream? fileLock = null;
        SigningKey? key = null;
        AuditStore? store = null;
        try
        {
            PrivateFile.MakeFolderOf(options.File);
            fileLock = PrivateFile.Open(options.File + ".lock", FileMode.OpenOrCreate, FileShare.None);
            store = AuditStore.Open(options.File, onOpen);
            key = LoadKey(options, isNew: store.ReadFirstSeq() == 0);
            return new SqliteAuditLog(options, fileLock, key, new ChainWriter(options, key, store, time, logger, onOpen), time, logger);
        }
        catch (Exception fault)
        {
            store?.Dispose();
            key?.Dispose();
            fileLock?.Dispose();
            if (fault is SqliteException or IOException or UnauthorizedAccessException)
            {
                throw new AuditUnavailableException($"Audit:File '{options.File}' cannot be opened for writing, or another process has it open: {fault.Message}", fault);
            }

            throw;
        }
    }

    /// <inheritdoc cref="Open"/>
    public static Task<SqliteAuditLog> OpenAsync(
        AuditOptions options, TimeProvider time, ILogger<SqliteAuditLog> logger, Action<SqliteConnection>? onOpen = null) =>
        Task.Run(() => Open(options, time, logger, onOpen));

    public void Note(AuditRecord record)
    {
        if (!_queue.Writer.TryWrite(new RecordEntry(Hidden(record), null)))
        {
            Drop(1, Volatile.Read(ref _stopped) == 1 ? "stopped" : "queue_full");
        }
    }

    public async Task CommitAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        var durable = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await QueueAsync(new RecordEntry(Hidden(record), durable), durable.Task, cancellationToken).WaitAsync(_options.CommitTimeout, _time, cancellationToken);
        }
        catch (TimeoutException fault)
        {
            throw new AuditUnavailableException("The record was not durable within Audit:CommitTimeout.", fault);
        }
    }

    private AuditRecord Hidden(AuditRecord record) => record.EndUser is { } id
        ? record with { EndUser = Identity.EndUser.PseudonymOf(this, record.Issuer, record.Organisation, id) }
        : record;

    public async Task CommitAsync(ChangeRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(chain => chain.Write(record), cancellationToken).WaitAsync(_options.CommitTimeout, _time, cancellationToken);
        }
        catch (Exception fault) when (fault is TimeoutException or AuditUnavailableException)
        {
            // What takes away is in force by now, and the log is the one place left that may say so.
            Log.ChangeNotRecorded(_logger, record.Event, record.Target);
            throw fault as AuditUnavailableException ?? new AuditUnavailableException("The record was not durable within Audit:CommitTimeout.", fault);
        }
    }

    /// <summary>
    /// Erases a person's fields and evidence; the chain keeps digests that nothing can be tried against. Returns the number of
    /// records touched. Throws <see cref="AuditUnavailableException"/> where it could not be made durable.
    /// </summary>
    /// <param name="issuer">Whose name the subject is.</param>
    /// <param name="subject">The person.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="about">Numbers of others' records whose reason is about him; null for none.</param>
    public Task<long> EraseAsync(string? issuer, string subject, CancellationToken cancellationToken, IReadOnlyCollection<long>? about = null) =>
        DoAsync(chain => chain.Erase(issuer, subject, about ?? []), cancellationToken);

    /// <summary>Removes the records that are older than the retention allows; returns their number.</summary>
    public async Task<long> RetainAsync(CancellationToken cancellationToken)
    {
        if (_options.RetentionDays == 0)
        {
            return 0;
        }

        var cutoff = _time.GetUtcNow() - TimeSpan.FromDays(_options.RetentionDays);
        for (long removed = 0; ;)
        {
            var step = await DoAsync(chain => chain.RemoveBefore(cutoff), cancellationToken);
            removed += step;
            if (step < ChainWriter.StepRecords)
            {
                return removed;
            }
        }
    }

    public IncrementalHash CreateReleaseHash() => _key.CreateReleaseHash();

    /// <summary>Writes what is queued, signs a last head and closes. Later commits throw and later notes are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1)
        {
            await _writing;
            return;
        }

        _queue.Writer.Complete();
        Hurry();
        await _writing;
        _chain.Dispose();
        _key.Dispose();
        _hurry.Dispose();
        await _lock.DisposeAsync();
        Metrics.Dispose();
    }

    private static SigningKey LoadKey(AuditOptions options, bool isNew)
    {
        if (File.Exists(options.SigningKeyFile))
        {
            return SigningKey.Load(options.SigningKeyFile);
        }

        // A lost key must not be replaced in silence: the log would go on under a key that nobody knows.
        return options.CreateKeyIfMissing && isNew
            ? SigningKey.Create(options.SigningKeyFile)
            : throw new AuditUnavailableException(
                $"Audit:SigningKeyFile '{options.SigningKeyFile}' is missing: restore it, or put a new ECDSA P-256 key (PEM) there.");
    }

    private Task<long> DoAsync(Func<ChainWriter, long> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        return QueueAsync(new WorkEntry(work, done), done.Task, cancellationToken);
    }

    private async Task<long> QueueAsync(Entry entry, Task<long> done, CancellationToken cancellationToken)
    {
        try
        {
            if (!_queue.Writer.TryWrite(entry))
            {
                Hurry();
                await _queue.Writer.WriteAsync(entry, cancellationToken);
            }

            Hurry();
        }
        catch (ChannelClosedException fault)
        {
            throw new AuditUnavailableException("The audit log is closed.", fault);
        }

        return await done.WaitAsync(cancellationToken);
    }

    /// <summary>Wakes a writer that lingers; one that does not is not made to linger less than once.</summary>
    private void Hurry()
    {
        if (_hurry.CurrentCount == 0)
        {
            _hurry.Release();
        }
    }

    private void Drop(long notes, string cause)
    {
        if (notes > 0)
        {
            Metrics.Dropped(notes, cause);
            Log.Dropped(_logger, notes, cause);
        }
    }

    private abstract record Entry(TaskCompletionSource<long>? Done);

    /// <summary>A record; one without a waiter is a note.</summary>
    private sealed record RecordEntry(AuditRecord Record, TaskCompletionSource<long>? Done) : Entry(Done);

    /// <summary>Something else that only the writer may do.</summary>
    private sealed record WorkEntry(Func<ChainWriter, long> Work, TaskCompletionSource<long> Done) : Entry(Done);

    private static partial class Log
    {
        [LoggerMessage(EventId = 4111, EventName = "AuditNotesDropped", Level = LogLevel.Warning, Message = "{Notes} audit notes were lost: {Cause}")]
        public static partial void Dropped(ILogger logger, long notes, string cause);

        [LoggerMessage(EventId = 4112, EventName = "AuditUnavailable", Level = LogLevel.Critical,
            Message = "The audit log cannot be written: gated releases are refused until it can")]
        public static partial void Unavailable(ILogger logger, Exception fault);

        [LoggerMessage(EventId = 4115, EventName = "ChangeNotRecorded", Level = LogLevel.Critical, Message = "{Change} of {Target} could not be recorded in the audit")]
        public static partial void ChangeNotRecorded(ILogger logger, string change, string target);

        [LoggerMessage(EventId = 4113, EventName = "AuditAvailableAgain", Level = LogLevel.Information, Message = "The audit log can be written again")]
        public static partial void Available(ILogger logger);

        [LoggerMessage(EventId = 4114, EventName = "AuditHeadNotExported", Level = LogLevel.Error, Message = "The audit head could not be exported; it is tried again")]
        public static partial void NotExported(ILogger logger, Exception fault);
    }
}
