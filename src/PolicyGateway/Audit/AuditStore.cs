using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace PolicyGateway.Audit;

/// <summary>
/// One writing connection with its prepared statements. Belongs to the writer; after any fault it is thrown away and
/// opened again, because what a failed statement left of a transaction differs from fault to fault.
/// </summary>
internal sealed class AuditStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    private AuditStore(SqliteConnection connection) => _connection = connection;

    public string LogId { get; private set; } = "";

    /// <param name="file">The database; made, with its tables, where it is missing.</param>
    /// <param name="onOpen">What a test does to each connection, such as bounding its pages.</param>
    public static AuditStore Open(string file, Action<SqliteConnection>? onOpen)
    {
        PrivateFile.MakeIfMissing(file);

        // A locked database is another program's doing, and requests wait behind it: five seconds instead of thirty.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        var store = new AuditStore(connection);
        try
        {
            connection.Open();
            store.Run(AuditSchema.Pragmas);
            onOpen?.Invoke(connection);
            store.LogId = store.EnsureSchema();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public void Begin() => Run("BEGIN IMMEDIATE");

    public void Commit() => Run("COMMIT");

    public ChainHead ReadHead()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT seq, hash, payload FROM chain ORDER BY seq DESC LIMIT 1";
        using var row = command.ExecuteReader();
        if (!row.Read())
        {
            return new ChainHead(0, ChainHash.Genesis(LogId), DateTimeOffset.MinValue);
        }

        using var payload = JsonDocument.Parse(row.GetString(2));
        return new ChainHead(row.GetInt64(0), row.GetFieldValue<byte[]>(1), AuditPayload.RecordedAt(payload.RootElement));
    }

    public byte[]? ReadHash(long seq) => Scalar("SELECT hash FROM chain WHERE seq = $0", seq) as byte[];

    public SignedHead? ReadTail()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT seq, hash, time_ms, key, signature FROM heads WHERE kind = 'tail'";
        using var row = command.ExecuteReader();
        return row.Read()
            ? new SignedHead(
                HeadKind.Tail, LogId, row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetInt64(2), row.GetString(3), row.GetFieldValue<byte[]>(4))
            : null;
    }

    public long ReadFirstSeq() => Scalar("SELECT min(seq) FROM chain") as long? ?? 0;

    public DateTimeOffset? ReadRecordedAt(long seq)
    {
        if (Scalar("SELECT payload FROM chain WHERE seq = $0", seq) is not string text)
        {
            return null;
        }

        using var payload = JsonDocument.Parse(text);
        return AuditPayload.RecordedAt(payload.RootElement);
    }

    public void Append(long seq, byte[] payload, byte[] previous, byte[] hash) =>
        Prepared("INSERT INTO chain(seq, payload, prev, hash) VALUES ($0, CAST($1 AS TEXT), $2, $3)", seq, payload, previous, hash);

    public void AddPersonal(long seq, string? issuer, SaltedValue? subject, SaltedValue? organisation, SaltedValue? reason) =>
        Prepared(
            "INSERT INTO personal VALUES ($0, $1, CAST($2 AS TEXT), $3, CAST($4 AS TEXT), $5, CAST($6 AS TEXT), $7)",
            seq, issuer, subject?.Value, subject?.Salt, organisation?.Value, organisation?.Salt, reason?.Value, reason?.Salt);

    public void AddEvidence(long seq, byte[] box) => Prepared("INSERT INTO evidence VALUES ($0, $1)", seq, box);

    /// <summary>Adds a head; a tail or a cut takes the place of the one before it.</summary>
    public void PutHead(SignedHead head)
    {
        if (head.Kind is not HeadKind.Checkpoint)
        {
            Prepared("DELETE FROM heads WHERE kind = $0", head.Kind.Name());
        }

        Prepared(
            "INSERT OR REPLACE INTO heads VALUES ($0, $1, $2, $3, $4, $5)",
            head.Kind.Name(), head.Seq, head.Hash, head.TimeMs, head.KeyId, head.Signature);
    }

    public IReadOnlyList<long> FindPersonal(string? issuer, string subject)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT seq FROM personal WHERE issuer IS $0 AND subject = CAST($1 AS TEXT) ORDER BY seq";
        Bind(command, [issuer, Encoding.UTF8.GetBytes(subject)]);
        using var row = command.ExecuteReader();
        var found = new List<long>();
        while (row.Read())
        {
            found.Add(row.GetInt64(0));
        }

        return found;
    }

    public void Erase(long seq)
    {
        Prepared("DELETE FROM personal WHERE seq = $0", seq);
        Prepared("DELETE FROM evidence WHERE seq = $0", seq);
    }

    /// <summary>Erases why somebody changed something; who did stays.</summary>
    public void EraseReason(long seq) => Prepared(
        "INSERT OR REPLACE INTO personal SELECT seq, issuer, subject, subject_salt, organisation, organisation_salt, NULL, NULL FROM personal WHERE seq = $0 AND reason IS NOT NULL", seq);

    public void RemoveThrough(long seq)
    {
        Prepared("DELETE FROM chain WHERE seq <= $0", seq);
        Prepared("DELETE FROM personal WHERE seq <= $0", seq);
        Prepared("DELETE FROM evidence WHERE seq <= $0", seq);
        Prepared("DELETE FROM heads WHERE kind = 'checkpoint' AND seq <= $0", seq);
    }

    /// <summary>Empties the write-ahead log, which still holds what was erased. False where a reader stands in the way.</summary>
    public bool EmptyWal() => Scalar("PRAGMA wal_checkpoint(TRUNCATE)") is 0L;

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private string EnsureSchema()
    {
        switch (Scalar("PRAGMA user_version"))
        {
            case 0L:
                Run("BEGIN IMMEDIATE;" + AuditSchema.Create + AuditSchema.ToVersion2 + AuditSchema.ToVersion3);
                Prepared("INSERT INTO log(id) VALUES ($0)", Guid.NewGuid().ToString("N"));
                Run("COMMIT");
                break;
            case 1L:
                Run("BEGIN IMMEDIATE;" + AuditSchema.ToVersion2 + AuditSchema.ToVersion3 + "COMMIT");
                break;
            case 2L:
                Run("BEGIN IMMEDIATE;" + AuditSchema.ToVersion3 + "COMMIT");
                break;
            case (long)AuditSchema.Version:
                break;
            default:
                throw new AuditUnavailableException("The database of Audit:File was written by a newer version of the gateway.");
        }

        return (string)Scalar("SELECT id FROM log")!;
    }

    private void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private object? Scalar(string sql, params ReadOnlySpan<object?> values)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        Bind(command, values);
        return command.ExecuteScalar();
    }

    private void Prepared(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            Bind(command, values);
            _prepared.Add(sql, command);
        }

        for (var i = 0; i < command.Parameters.Count; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"${i}", values[i] ?? DBNull.Value);
        }
    }
}
