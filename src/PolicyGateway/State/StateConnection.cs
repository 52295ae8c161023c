using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PolicyGateway.State;

/// <summary>One connection to the database and its statements. Not thread-safe.</summary>
internal sealed class StateConnection : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _find;
    private readonly Dictionary<(bool HasTag, bool NewestFirst), SqliteCommand> _lists = [];

    private StateConnection(SqliteConnection connection)
    {
        _connection = connection;
        _find = Command("SELECT version, json FROM record WHERE kind = $kind AND id = $id", "$kind", "$id");
    }

    public static StateConnection Open(StateOptions options, bool isReadOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = options.File,
            Mode = isReadOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(options.BusyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            Execute(connection, isReadOnly ? StateSchema.ReaderPragmas : StateSchema.Pragmas);

            return new StateConnection(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the file is whole, and takes the steps that lead to the newest version.</summary>
    /// <exception cref="StateUnavailableException">It is damaged, or a newer gateway wrote it.</exception>
    public void Prepare()
    {
        if (Text("PRAGMA quick_check(1)") is var check and not "ok")
        {
            throw new StateUnavailableException($"the database is damaged ({check}); restore a backup.");
        }

        var version = int.Parse(Text("PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > StateSchema.Steps.Count)
        {
            throw new StateUnavailableException($"a newer gateway wrote it (version {version}, this one knows {StateSchema.Steps.Count}).");
        }

        for (; version < StateSchema.Steps.Count; version++)
        {
            Execute(_connection, FormattableString.Invariant($"BEGIN IMMEDIATE; {StateSchema.Steps[version]} PRAGMA user_version={version + 1}; COMMIT;"));
        }
    }

    public StateRecord? Find(string kind, string id)
    {
        Set(_find, ("$kind", kind), ("$id", id));
        using var row = _find.ExecuteReader();
        return row.Read() ? new StateRecord(kind, id, row.GetInt64(0), row.GetString(1)) : null;
    }

    public IReadOnlyList<StateRecord> List(StateQuery query)
    {
        var command = ListCommand(query.Tag is not null, query.NewestFirst);
        Set(
            command,
            ("$kind", query.Kind),
            ("$name", query.Tag?.Name ?? ""),
            ("$value", query.Tag?.Value ?? ""),
            ("$after", query.After ?? (query.NewestFirst ? "\U0010ffff" : "")),
            ("$limit", Math.Clamp(query.Limit, 1, 1_000)));
        var records = new List<StateRecord>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            records.Add(new StateRecord(query.Kind, row.GetString(0), row.GetInt64(1), row.GetString(2)));
        }

        return records;
    }

    public bool TryWrite(IReadOnlyList<StateChange> changes)
    {
        Execute(_connection, "BEGIN IMMEDIATE");
        try
        {
            var written = changes.All(TryWrite);
            Execute(_connection, written ? "COMMIT" : "ROLLBACK");
            return written;
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    /// <summary>Empties the write-ahead log, which still holds what was removed. False where a reader stands in the way.</summary>
    public bool EmptyWal() => Text("PRAGMA wal_checkpoint(TRUNCATE)") == "0";

    public void CopyTo(string file)
    {
        using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        copy.Open();
        _connection.BackupDatabase(copy);
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>After some faults SQLite has ended the transaction by itself.</summary>
    private void Abandon()
    {
        try
        {
            Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // It is over.
        }
    }

    private bool TryWrite(StateChange change)
    {
        if ((Find(change.Kind, change.Id)?.Version ?? 0) != change.Expected)
        {
            return false;
        }

        Run("DELETE FROM tag WHERE kind = $kind AND id = $id", ("$kind", change.Kind), ("$id", change.Id));
        if (change.Json is null)
        {
            Run("DELETE FROM record WHERE kind = $kind AND id = $id", ("$kind", change.Kind), ("$id", change.Id));
            return true;
        }

        Run(
            "INSERT INTO record VALUES($kind, $id, $version, $json) ON CONFLICT DO UPDATE SET version = excluded.version, json = excluded.json",
            ("$kind", change.Kind), ("$id", change.Id), ("$version", change.Expected + 1), ("$json", change.Json));
        foreach (var tag in change.Tags.Distinct())
        {
            Run("INSERT INTO tag VALUES($kind, $name, $value, $id)", ("$kind", change.Kind), ("$name", tag.Name), ("$value", tag.Value), ("$id", change.Id));
        }

        return true;
    }

    private SqliteCommand ListCommand(bool hasTag, bool newestFirst)
    {
        if (!_lists.TryGetValue((hasTag, newestFirst), out var command))
        {
            var (than, order) = newestFirst ? ("<", "DESC") : (">", "ASC");
            command = Command(
                hasTag
                    ? $"SELECT r.id, r.version, r.json FROM tag t JOIN record r ON r.kind = t.kind AND r.id = t.id WHERE t.kind = $kind AND t.name = $name AND t.value = $value AND t.id {than} $after ORDER BY t.id {order} LIMIT $limit"
                    : $"SELECT id, version, json FROM record WHERE kind = $kind AND id {than} $after AND $name = $value ORDER BY id {order} LIMIT $limit",
                "$kind", "$name", "$value", "$after", "$limit");
            _lists.Add((hasTag, newestFirst), command);
        }

        return command;
    }

    private SqliteCommand Command(string sql, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }

    private static void Set(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        foreach (var (name, value) in values)
        {
            command.Parameters[name].Value = value;
        }
    }

    private void Run(string sql, params (string Name, object Value)[] values)
    {
        using var command = Command(sql, [.. values.Select(static value => value.Name)]);
        Set(command, values);
        command.ExecuteNonQuery();
    }

    private string Text(string sql)
    {
        using var command = Command(sql);
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
