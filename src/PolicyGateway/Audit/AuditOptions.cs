namespace PolicyGateway.Audit;

/// <summary>The section <c>Audit</c>. Relative paths stand under <c>Gateway:DataDirectory</c>.</summary>
internal sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>The SQLite file. Default <c>audit/audit.db</c>.</summary>
    public string File { get; set; } = "audit/audit.db";

    /// <summary>Signed heads, one JSON line each; export it to another machine. Default <c>audit/heads.jsonl</c>.</summary>
    public string HeadsFile { get; set; } = "audit/heads.jsonl";

    /// <summary>
    /// ECDSA P-256 private key (PEM) that signs heads; the key of released-byte hashes is derived from it. Keep it where
    /// whoever can write <see cref="File"/> cannot read it. Default <c>keys/audit.pem</c>; its public half is written
    /// beside it with the suffix <c>.pub</c>.
    /// </summary>
    public string SigningKeyFile { get; set; } = "keys/audit.pem";

    /// <summary>Makes the signing key (mode 0600) when it is missing and the log is new. Default true.</summary>
    public bool CreateKeyIfMissing { get; set; } = true;

    /// <summary>Records older than this are removed, whole prefix by whole prefix. Days, 0 to 36,500; 0 keeps all. Default 400.</summary>
    public int RetentionDays { get; set; } = 400;

    /// <summary>Records in one transaction. 1 to 10,000. Default 256.</summary>
    public int BatchMaxRecords { get; set; } = 256;

    /// <summary>How long a note may wait for others to share its transaction; a commit never waits. 0 to 10 s. Default 50 ms.</summary>
    public TimeSpan BatchMaxDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a release waits for its record to be durable; then it is refused. 100 ms to 5 minutes. Default 10 s.</summary>
    public TimeSpan CommitTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Records that wait for the writer; beyond it notes are dropped and commits wait. 1 to 1,000,000. Default 10,000.</summary>
    public int QueueCapacity { get; set; } = 10_000;

    /// <summary>Records between two exported heads. 1 to 1,000,000. Default 1,000.</summary>
    public int CheckpointEvery { get; set; } = 1_000;

    /// <summary>The longest time that a record waits for an exported head that covers it. 1 s to 1 day. Default 1 minute.</summary>
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(1);

    public SealedEvidenceOptions SealedEvidence { get; set; } = new();

    /// <summary>The same options with absolute paths.</summary>
    public AuditOptions ResolvePaths(string dataDirectory)
    {
        File = Absolute(File);
        HeadsFile = Absolute(HeadsFile);
        SigningKeyFile = Absolute(SigningKeyFile);
        SealedEvidence.KeyFile = SealedEvidence.KeyFile is null ? null : Absolute(SealedEvidence.KeyFile);
        return this;

        // An empty path stays empty, for the validator to name it.
        string Absolute(string path) => string.IsNullOrWhiteSpace(path) ? "" : Path.GetFullPath(Path.Combine(dataDirectory, path));
    }
}

/// <summary>The section <c>Audit:SealedEvidence</c>: text kept, encrypted, for some categories. Off by default.</summary>
internal sealed class SealedEvidenceOptions
{
    /// <summary>Categories whose text is sealed, their nested ones included. Empty: none.</summary>
    public IList<string> Categories { get; init; } = [];

    /// <summary>32 random bytes in base64, for example from <c>openssl rand -base64 32</c>. No default.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Whether text of a category is sealed: it is named, or what it is nested in is.</summary>
    public bool Covers(string? category) =>
        category is not null && Categories.Any(named =>
            category.StartsWith(named, StringComparison.Ordinal) && (category.Length == named.Length || category[named.Length] == '.'));
}
