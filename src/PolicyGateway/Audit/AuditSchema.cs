namespace PolicyGateway.Audit;

/// <summary>The tables. The triggers stop mistakes, not attackers: those are found by <see cref="AuditVerifier"/>.</summary>
internal static class AuditSchema
{
    public const int Version = 3;

    /// <summary>
    /// synchronous=FULL makes a commit durable and not only ordered; secure_delete overwrites what is erased instead of
    /// leaving it in free pages.
    /// </summary>
    public const string Pragmas = """
        PRAGMA journal_mode=WAL;
        PRAGMA synchronous=FULL;
        PRAGMA secure_delete=ON;
        PRAGMA journal_size_limit=67108864;
        """;

    public const string Create = """
        CREATE TABLE log(id TEXT NOT NULL) STRICT;
        CREATE TABLE chain(
          seq INTEGER PRIMARY KEY,
          payload TEXT NOT NULL,
          prev BLOB NOT NULL,
          hash BLOB NOT NULL) STRICT;
        CREATE TABLE personal(
          seq INTEGER PRIMARY KEY,
          issuer TEXT,
          subject TEXT,
          subject_salt BLOB,
          organisation TEXT,
          organisation_salt BLOB) STRICT;
        CREATE TABLE evidence(seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
        CREATE TABLE heads(
          kind TEXT NOT NULL,
          seq INTEGER NOT NULL,
          hash BLOB NOT NULL,
          time_ms INTEGER NOT NULL,
          key TEXT NOT NULL,
          signature BLOB NOT NULL,
          PRIMARY KEY(kind, seq)) STRICT, WITHOUT ROWID;

        CREATE TRIGGER chain_is_append_only BEFORE UPDATE ON chain
        BEGIN SELECT RAISE(ABORT, 'audit records cannot be changed'); END;
        CREATE TRIGGER chain_is_cut_only_by_retention BEFORE DELETE ON chain
        WHEN NOT EXISTS (SELECT 1 FROM heads WHERE kind = 'cut' AND seq >= OLD.seq)
        BEGIN SELECT RAISE(ABORT, 'audit records are removed only behind a signed cut'); END;
        CREATE TRIGGER personal_is_only_erased BEFORE UPDATE ON personal
        BEGIN SELECT RAISE(ABORT, 'personal fields can be erased, not changed'); END;
        CREATE TRIGGER evidence_is_only_erased BEFORE UPDATE ON evidence
        BEGIN SELECT RAISE(ABORT, 'evidence can be erased, not changed'); END;

        PRAGMA user_version=1;
        """;

    /// <summary>
    /// Room for the reason of a change, and a way to a decision by its id: an appeal names one.
    /// </summary>
    public const string ToVersion2 = """
        ALTER TABLE personal ADD COLUMN reason TEXT;
        ALTER TABLE personal ADD COLUMN reason_salt BLOB;
        CREATE INDEX chain_by_decision ON chain(CASE WHEN json_valid(payload) THEN json_extract(payload, '$.decision') END);

        PRAGMA user_version=2;
        """;

    /// <summary>
    /// Ways to what was recorded of a person or an organisation, and to the changes that name something. Partial, so that most
    /// records cost a writer nothing here.
    /// </summary>
    public const string ToVersion3 = """
        CREATE INDEX personal_by_subject ON personal(subject, issuer) WHERE subject IS NOT NULL;
        CREATE INDEX personal_by_organisation ON personal(organisation, issuer) WHERE organisation IS NOT NULL;
        CREATE INDEX chain_by_target ON chain(CASE WHEN json_valid(payload) THEN json_extract(payload, '$.target') END)
          WHERE CASE WHEN json_valid(payload) THEN json_extract(payload, '$.target') END IS NOT NULL;
        CREATE INDEX chain_by_refusal ON chain(CASE WHEN json_valid(payload) THEN json_extract(payload, '$.refusal') END)
          WHERE CASE WHEN json_valid(payload) THEN json_extract(payload, '$.refusal') END IS NOT NULL;

        PRAGMA user_version=3;
        """;
}
