using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Policy;

namespace PolicyGateway.Inference;

/// <summary>
/// The durable record that a release is about to begin. It may be begun before it is needed, so that a backend need not wait
/// for a disk; what leaves does.
/// </summary>
internal sealed class ReleaseIntent(Recorder recorder, GrantUse uses, RequestRecord record, LiveCaller live, CancellationToken cancellationToken)
{
    private Task<bool>? _recording;

    // For whom and what it was counted last: between two verdicts a stream asks at every frame.
    private (Caller? Caller, Verdict? Verdict) _counted;

    /// <summary>Whether it was tried and could not be made.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>Begins to make it; once.</summary>
    public void Begin() => _recording ??= TryRecordAsync();

    /// <summary>Counts the release under the grants that it rests on; begins to make it, where it is open still.</summary>
    public async ValueTask BeginCountedAsync(Func<bool> isOpen)
    {
        var (caller, verdict) = (live.Current, record.CompletionVerdict);
        if (!ReferenceEquals(_counted.Caller, caller) || !ReferenceEquals(_counted.Verdict, verdict))
        {
            // Whoever changes meanwhile is counted for once more.
            await uses.CountAsync(record, live, cancellationToken);
            _counted = (caller, verdict);
        }

        if (isOpen())
        {
            Begin();
        }
    }

    /// <summary>Waits until it is durable, where it was begun; false where it could not be made.</summary>
    public async ValueTask<bool> IsDurableAsync()
    {
        IsMissing = _recording is not null && !await _recording;
        return !IsMissing;
    }

    private async Task<bool> TryRecordAsync()
    {
        try
        {
            await recorder.CommitIntentAsync(record, cancellationToken);
            return true;
        }
        catch (AuditUnavailableException)
        {
            return false;
        }
    }
}
