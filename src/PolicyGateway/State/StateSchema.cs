namespace PolicyGateway.State;

/// <summary>The tables, as steps from each version to the next: a database of any earlier version is brought up to date as it is opened.</summary>
internal static class StateSchema
{
    /// <summary>A write that was answered must outlive a power cut: a revocation that is forgotten opens what was closed.</summary>
    public const string Pragmas = """
        PRAGMA journal_mode=WAL;
        PRAGMA synchronous=FULL;
        PRAGMA secure_delete=ON;
        PRAGMA foreign_keys=ON;
        PRAGMA journal_size_limit=67108864;
        """;

    /// <summary>16 MB of pages: enough for the inner pages of the trees of a million grants, so that a lookup reads leaves alone.</summary>
    public const string ReaderPragmas = "PRAGMA cache_size=-16384;";

    /// <summary>Step n leads from version n to n + 1, in one transaction.</summary>
    public static IReadOnlyList<string> Steps { get; } =
    [
        """
        CREATE TABLE record(
          kind TEXT NOT NULL,
          id TEXT NOT NULL,
          version INTEGER NOT NULL,
          json TEXT NOT NULL,
          PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE tag(
          kind TEXT NOT NULL,
          name TEXT NOT NULL,
          value TEXT NOT NULL,
          id TEXT NOT NULL,
          PRIMARY KEY(kind, name, value, id),
          FOREIGN KEY(kind, id) REFERENCES record(kind, id) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE INDEX tag_of_record ON tag(kind, id);
        """,

        // Grants that are not revoked are found apart from those that are.
        """
        INSERT INTO tag
          SELECT t.kind, 'held', t.value, t.id FROM tag t JOIN record r ON r.kind = t.kind AND r.id = t.id
          WHERE t.kind = 'grant' AND t.name = 'holder' AND r.json ->> '$.revoked' IS NULL;
        """,

        // What was passed on is found by what it was passed on from.
        """
        INSERT INTO tag SELECT kind, 'within', json ->> '$.within', id FROM record WHERE kind = 'grant' AND json ->> '$.within' IS NOT NULL;
        """,
    ];
}
