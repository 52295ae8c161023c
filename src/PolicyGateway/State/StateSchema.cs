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
    ];
}
