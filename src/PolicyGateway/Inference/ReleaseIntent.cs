using PolicyGateway.Audit;
using PolicyGateway.Identity;

namespace PolicyGateway.Inference;

/// <summary>
/// The durable record that a release is about to begin. It may be begun before it is needed, so that a backend need not wait
/// for a disk; what leaves does.
/// </summary>
internal sealed class ReleaseIntent(Recorder recorder, GrantUse uses, RequestRecord record, LiveCaller live, CancellationToken cancellationToken)
{
    private Task<bool>? _recording;

    /// <summary>Whether it was tried and could not be made.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>Begins to make it; once.</summary>
    public void Begin() => _recording ??= TryRecordAsync();

    /// <summary>Counts the release under the grants that it rests on; begins to make it, where it is open still.</summary>
    public async ValueTask BeginCountedAsync(Func<bool> isOpen)
    {
        await uses.CountAsync(record, live, cancellationToken);
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
