using System.Collections.Concurrent;
using System.Security.Cryptography;
using PolicyGateway.Audit;

namespace PolicyGateway.Tests.Fakes;

/// <summary>Records what is recorded, and fails when told to: the disk at the process border.</summary>
internal sealed class RecordingAudit : IAuditLog
{
    private readonly ConcurrentDictionary<string, AuditRecord> _byDecision = new();

    public ConcurrentQueue<AuditRecord> Noted { get; } = [];

    public ConcurrentQueue<AuditRecord> Committed { get; } = [];

    public ConcurrentQueue<ChangeRecord> Changes { get; } = [];

    public bool IsFull { get; set; }

    /// <summary>Awaited by each commit, so that a test can look at the client in between.</summary>
    public Func<Task> BeforeCommit { get; set; } = () => Task.CompletedTask;

    public void Note(AuditRecord record)
    {
        _byDecision[record.DecisionId] = record;
        Noted.Enqueue(record);
    }

    /// <summary>The outcome of one request, once it was noted.</summary>
    public async Task<AuditRecord> OfAsync(string decisionId)
    {
        for (var i = 0; i < 500; i++)
        {
            if (_byDecision.TryGetValue(decisionId, out var record))
            {
                return record;
            }

            await Task.Delay(10);
        }

        throw new InvalidOperationException($"Nothing was noted of {decisionId}.");
    }

    /// <summary>Lets go of all records.</summary>
    public void Forget()
    {
        _byDecision.Clear();
        Noted.Clear();
        Committed.Clear();
        Changes.Clear();
    }

    public async Task CommitAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        await BeforeCommit();
        if (IsFull)
        {
            throw new AuditUnavailableException("The disk is full.");
        }

        Committed.Enqueue(record);
    }

    public async Task CommitAsync(ChangeRecord record, CancellationToken cancellationToken)
    {
        await BeforeCommit();
        if (IsFull)
        {
            throw new AuditUnavailableException("The disk is full.");
        }

        Changes.Enqueue(record);
    }

    public IncrementalHash CreateReleaseHash() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, "key"u8);

    /// <summary>The outcome of the last request, once it was noted.</summary>
    public async Task<AuditRecord> LastAsync()
    {
        for (var i = 0; i < 200 && Noted.IsEmpty; i++)
        {
            await Task.Delay(10);
        }

        return Noted.Last();
    }
}
