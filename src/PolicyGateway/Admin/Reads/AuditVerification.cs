using Microsoft.Extensions.Options;
using PolicyGateway.Access;
using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

internal enum VerificationState
{
    /// <summary>None was made since the gateway started.</summary>
    None,

    Running,

    Intact,

    Broken,

    /// <summary>It could not be made, or was ended by a stop.</summary>
    Failed,
}

/// <summary>The last verification of the chain, or the one under way.</summary>
/// <param name="State">What came of it.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it was over.</param>
/// <param name="Checked">Records checked so far.</param>
/// <param name="HeadsChecked">Signed heads that the chain was held against.</param>
/// <param name="Faults">How many things are not as they were written; 1,000 at most.</param>
/// <param name="FirstFault">The first of them, or why it failed.</param>
internal sealed record VerificationStatus(
    VerificationState State, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, long Checked, int HeadsChecked, int Faults, string? FirstFault)
{
    public static readonly VerificationStatus Never = new(VerificationState.None, null, null, 0, 0, 0, null);
}

/// <summary>A head of the chain that was signed and exported.</summary>
internal sealed record ExportedHead(long Sequence, DateTimeOffset Time, string Key);

/// <summary>How the chain stands.</summary>
/// <param name="Records">Those that retention left.</param>
/// <param name="Newest">The number of the last record.</param>
/// <param name="LastHead">The last head that was exported; null before the first.</param>
/// <param name="Verification">The last verification, or the one under way.</param>
internal sealed record AuditStatus(long Records, long Newest, ExportedHead? LastHead, VerificationStatus Verification);

/// <summary>
/// Verifies the chain in the background, one verification at a time, on a thread that gives way to requests. Its result is remembered
/// until the gateway stops.
/// </summary>
internal sealed class AuditVerification(IOptions<AuditOptions> options, AuditReads reads, TimeProvider time) : IDisposable
{
    private readonly Lock _starting = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile VerificationStatus _status = VerificationStatus.Never;
    private Thread? _thread;
    private long _checked;

    public VerificationStatus Status => _status is { State: VerificationState.Running } running ? running with { Checked = Interlocked.Read(ref _checked) } : _status;

    public Task<AuditStatus> ReadAsync(CancellationToken cancellationToken) => reads.StaffAsync(
        (database, _) =>
        {
            var (first, last) = database.ReadRange();
            var head = database.ReadHeads("").Where(static head => head.Kind == HeadKind.Checkpoint).MaxBy(static head => head.Seq);
            return new AuditStatus(last == 0 ? 0 : last - first + 1, last, head is null ? null : new ExportedHead(head.Seq, head.Time, head.KeyId), Status);
        },
        cancellationToken);

    /// <summary>Begins one; refused while another runs.</summary>
    public AccessResult<VerificationStatus> Start()
    {
        lock (_starting)
        {
            if (_status.State == VerificationState.Running)
            {
                return AccessFault.Conflict("A verification is under way; the status says how far it is.");
            }

            Interlocked.Exchange(ref _checked, 0);
            var started = _status = new VerificationStatus(VerificationState.Running, time.GetUtcNow(), null, 0, 0, 0, null);
            _thread = new Thread(Run) { IsBackground = true, Name = "audit verification", Priority = ThreadPriority.BelowNormal };
            _thread.Start();
            return started;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread?.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        var keys = new Dictionary<string, VerifyingKey>(StringComparer.Ordinal);
        var started = _status;
        try
        {
            LoadKeys(keys);

            // The heads first: those exported by now are in the snapshot that is opened after.
            var heads = File.Exists(options.Value.HeadsFile) ? ExpectedHead.OfFile(options.Value.HeadsFile).ToList() : [];
            var report = AuditVerifier.Verify(options.Value.File, keys, heads, read => Interlocked.Exchange(ref _checked, read), _stop.Token);
            _status = started with
            {
                State = report.Intact ? VerificationState.Intact : VerificationState.Broken,
                EndedAt = time.GetUtcNow(),
                Checked = report.Records,
                HeadsChecked = report.HeadsChecked,
                Faults = report.Faults.Length,
                FirstFault = report.Intact ? null : report.Faults[0].Message,
            };
        }
        catch (Exception fault)
        {
            // Of whatever kind: one that is said to run for ever would let no other begin.
            _status = started with { State = VerificationState.Failed, EndedAt = time.GetUtcNow(), FirstFault = fault.Message };
        }
        finally
        {
            foreach (var key in keys.Values)
            {
                key.Dispose();
            }
        }
    }

    /// <summary>The public half of the key that signs, and those that are kept beside it from before a change of keys.</summary>
    private void LoadKeys(Dictionary<string, VerifyingKey> keys)
    {
        var own = SigningKey.PublicFileOf(options.Value.SigningKeyFile);
        Add(VerifyingKey.Load(own));
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(own)!, "*.pub").Where(file => file != own))
        {
            try
            {
                Add(VerifyingKey.Load(file));
            }
            catch (AuditUnavailableException)
            {
                // Some other program's key: heads that it should have signed are named as faults.
            }
        }

        void Add(VerifyingKey key)
        {
            if (!keys.TryAdd(key.Id, key))
            {
                key.Dispose();
            }
        }
    }
}
