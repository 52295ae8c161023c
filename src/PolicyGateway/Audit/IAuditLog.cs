namespace PolicyGateway.Audit;

/// <summary>Where decisions are recorded. Two verbs for two guarantees.</summary>
internal interface IAuditLog
{
    /// <summary>Queues a record. May lose it when the process dies or the queue is full (counted); never waits, never throws.</summary>
    void Note(AuditRecord record);

    /// <summary>
    /// Completes when the record is durable: a gated release waits for this. Throws <see cref="AuditUnavailableException"/>
    /// when it cannot be made durable, and then nothing may be released.
    /// </summary>
    Task CommitAsync(AuditRecord record, CancellationToken cancellationToken);

    /// <summary>The same for a change of who may see what.</summary>
    Task CommitAsync(ChangeRecord record, CancellationToken cancellationToken);

    /// <summary>Starts a keyed hash (HMAC-SHA-256) over released bytes, under the audit's own key.</summary>
    System.Security.Cryptography.IncrementalHash CreateReleaseHash();
}

/// <summary>The audit could not be written; nothing that needs a record may be released.</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
