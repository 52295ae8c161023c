using Microsoft.Data.Sqlite;

namespace PolicyGateway.Audit;

/// <summary>
/// A read-only view of an audit database, one snapshot for its whole life; works beside a running gateway and on a copy.
/// </summary>
internal sealed partial class AuditDatabase : IDisposable
{
    private readonly SqliteConnection _connection;

    private AuditDatabase(SqliteConnection connection) => _connection = connection;

    /// <exception cref="SqliteException">The file is missing or no database.</exception>
    public static AuditDatabase Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            var database = new AuditDatabase(connection);
            using var begin = connection.CreateCommand();
            begin.CommandText = "BEGIN; SELECT count(*) FROM log;";
            begin.ExecuteNonQuery();
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public string? ReadLogId() => Query("SELECT id FROM log").Select(row => row.GetString(0)).FirstOrDefault();

    public IEnumerable<SignedHead> ReadHeads(string logId) =>
        Query("SELECT kind, seq, hash, time_ms, key, signature FROM heads ORDER BY kind, seq").Select(row => new SignedHead(
            row.GetString(0) switch { "checkpoint" => HeadKind.Checkpoint, "tail" => HeadKind.Tail, _ => HeadKind.Cut },
            logId, row.GetInt64(1), Bytes(row, 2) ?? [], row.GetInt64(3), row.GetString(4), Bytes(row, 5) ?? []));

    /// <summary>Records in order, with what is stored beside them.</summary>
    /// <param name="from">The first record wanted.</param>
    /// <param name="newestFirst">From the end backwards.</param>
    public IEnumerable<StoredRecord> ReadRecords(long from = 0, bool newestFirst = false) => Select(from, newestFirst, "");

    private IEnumerable<StoredRecord> Select(long from, bool newestFirst, string and, string? decision = null) =>
        Query($"""
            SELECT c.seq, CAST(c.payload AS BLOB), c.prev, c.hash,
                   p.seq IS NOT NULL, p.issuer, CAST(p.subject AS BLOB), p.subject_salt, CAST(p.organisation AS BLOB), p.organisation_salt,
                   e.sealed, {Reason}
            FROM chain c LEFT JOIN personal p ON p.seq = c.seq LEFT JOIN evidence e ON e.seq = c.seq
            WHERE c.seq >= {from} {and} ORDER BY c.seq {(newestFirst ? "DESC" : "ASC")}
            """, decision).Select(row => new StoredRecord(
                row.GetInt64(0),
                Bytes(row, 1) ?? [],
                Bytes(row, 2) ?? [],
                Bytes(row, 3) ?? [],
                row.GetInt64(4) == 0 ? null : new StoredPersonal(row.IsDBNull(5) ? null : row.GetString(5), Bytes(row, 6), Bytes(row, 7), Bytes(row, 8), Bytes(row, 9))
                {
                    Reason = Bytes(row, 11),
                    ReasonSalt = Bytes(row, 12),
                },
                Bytes(row, 10)));

    /// <summary>The records of one decision, in order.</summary>
    public IEnumerable<StoredRecord> ReadDecision(string id) => Select(
        0, newestFirst: false, "AND CASE WHEN json_valid(c.payload) THEN json_extract(c.payload, '$.decision') END = $decision", id);

    /// <summary>Rows beside the chain whose record is gone.</summary>
    public IEnumerable<long> ReadOrphans() =>
        Query("""
            SELECT seq FROM personal WHERE seq NOT IN (SELECT seq FROM chain)
            UNION SELECT seq FROM evidence WHERE seq NOT IN (SELECT seq FROM chain) ORDER BY 1
            """).Select(row => row.GetInt64(0));

    public void Dispose() => _connection.Dispose();

    // A copy of version 1, which is read and not brought up to date, has no such columns.
    private string Reason => Query("PRAGMA user_version").Select(static row => row.GetInt64(0)).First() == 1
        ? "NULL, NULL" : "CAST(p.reason AS BLOB), p.reason_salt";

    private static byte[]? Bytes(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    private IEnumerable<SqliteDataReader> Query(string sql, string? decision = null) =>
        Query(sql, decision is null ? [] : [("$decision", decision)]);

    private IEnumerable<SqliteDataReader> Query(string sql, (string Name, object? Value)[] values)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        using var row = command.ExecuteReader();
        while (row.Read())
        {
            yield return row;
        }
    }
}

/// <summary>A record as it lies in the database.</summary>
internal sealed record StoredRecord(long Seq, byte[] Payload, byte[] Previous, byte[] Hash, StoredPersonal? Personal, byte[]? Evidence);

/// <summary>The personal row of a record; values in UTF-8.</summary>
internal sealed record StoredPersonal(string? Issuer, byte[]? Subject, byte[]? SubjectSalt, byte[]? Organisation, byte[]? OrganisationSalt)
{
    /// <summary>Why somebody changed who may see what.</summary>
    public byte[]? Reason { get; init; }

    public byte[]? ReasonSalt { get; init; }
}
