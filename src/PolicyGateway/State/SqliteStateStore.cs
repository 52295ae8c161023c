using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using PolicyGateway.Audit;

namespace PolicyGateway.State;

/// <summary>
/// The embedded store: one SQLite file, one writer at a time, readers beside it. A read takes tens of microseconds, so it runs
/// on the caller's thread; a write waits for the disk and takes milliseconds.
/// </summary>
internal sealed class SqliteStateStore : IStateStore, IDisposable
{
    private readonly StateOptions _options;
    private readonly Marks _marks;
    private readonly StateConnection? _writer;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentBag<StateConnection> _readers = [];
    private volatile bool _disposed;

    private SqliteStateStore(StateOptions options, TimeProvider time, StateConnection? writer) =>
        (_options, _marks, _writer) = (options, new Marks(time), writer);

    /// <inheritdoc/>
    public DateTimeOffset MarksSince => _marks.Since;

    /// <summary>Opens the database, checks that it is whole, and brings it up to date.</summary>
    /// <exception cref="StateUnavailableException">It cannot be used; the message names the setting.</exception>
    public static SqliteStateStore Open(StateOptions options, TimeProvider time)
    {
        StateConnection? writer = null;
        try
        {
            PrivateFile.MakeIfMissing(options.File);
            writer = StateConnection.Open(options, isReadOnly: false);
            writer.Prepare();
            return new SqliteStateStore(options, time, writer);
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException or StateUnavailableException)
        {
            writer?.Dispose();
            throw new StateUnavailableException($"State:File '{options.File}' cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>A store that others write and this one reads.</summary>
    /// <exception cref="StateUnavailableException">There is none.</exception>
    public static SqliteStateStore OpenToRead(StateOptions options, TimeProvider time) =>
        File.Exists(options.File) ? new(options, time, null) : throw new StateUnavailableException($"There is no store at '{options.File}'.");

    /// <inheritdoc/>
    public ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken) =>
        new(Read(connection => connection.Find(kind, id)));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query, CancellationToken cancellationToken) =>
        new(Read(connection => connection.List(query)));

    /// <inheritdoc/>
    public ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken) =>
        WriteAsync(writer => writer.TryWrite(changes), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ScrubAsync(CancellationToken cancellationToken) => WriteAsync(static writer => writer.EmptyWal(), cancellationToken);

    private async ValueTask<bool> WriteAsync(Func<StateConnection, bool> write, CancellationToken cancellationToken)
    {
        if (_writer is not { } writer)
        {
            throw new StateUnavailableException("The store was opened to be read.");
        }

        await _writing.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => write(writer), CancellationToken.None);
        }
        catch (SqliteException fault)
        {
            throw Unavailable(fault);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryMarkAsync(string scope, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
        new(_marks.TryMark(scope, id, until));

    /// <summary>Copies the database, as it stands at one moment, into a new file, which says that it is a copy (<see cref="BackupMark"/>); works while others write.</summary>
    /// <exception cref="StateUnavailableException">It cannot be read.</exception>
    public static void BackUp(StateOptions options, string file, TimeProvider time)
    {
        if (!File.Exists(options.File))
        {
            throw new StateUnavailableException($"There is no store at '{options.File}'.");
        }

        PrivateFile.MakeFolderOf(file);
        PrivateFile.Open(file, FileMode.CreateNew).Dispose();
        try
        {
            var now = time.GetUtcNow();
            using (var connection = StateConnection.Open(options, isReadOnly: true))
            {
                connection.CopyTo(file);
            }

            // A copy of a restored store that no gateway has started with is as old as that one; what it says stays.
            using var copy = StateConnection.Open(new StateOptions { File = file }, isReadOnly: false);
            copy.TryWrite([new StateChange(BackupMark.Kind, BackupMark.Id, 0, $$"""{"at":"{{now:O}}"}""", [])]);
        }
        catch (SqliteException fault)
        {
            // Without its mark it would be taken for the store itself.
            File.Delete(file);
            throw new StateUnavailableException($"State:File '{options.File}' cannot be copied: {fault.Message}", fault);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }

        _writer?.Dispose();
        _writing.Dispose();
    }

    private T Read<T>(Func<StateConnection, T> read)
    {
        StateConnection? connection = null;
        try
        {
            connection = _readers.TryTake(out var free) ? free : StateConnection.Open(_options, isReadOnly: true);
            return read(connection);
        }
        catch (SqliteException fault)
        {
            throw Unavailable(fault);
        }
        finally
        {
            Return(connection);
        }
    }

    private void Return(StateConnection? connection)
    {
        if (connection is not null && !_disposed)
        {
            _readers.Add(connection);
        }
        else
        {
            connection?.Dispose();
        }
    }

    private StateUnavailableException Unavailable(SqliteException fault) =>
        new($"State:File '{_options.File}' cannot be read or written: {fault.Message}", fault);
}
