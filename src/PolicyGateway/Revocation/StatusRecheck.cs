using PolicyGateway.Identity;

namespace PolicyGateway.Revocation;

/// <summary>Looks every second whether the tokens of the answers under way still count, and takes from them what needed it where not, or where nobody can say.</summary>
internal sealed class StatusRecheck(StatusLists lists, LiveCallers live, TierLadder ladder, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <returns>How many answers it reached.</returns>
    public int Look() => live.Change(caller => lists.StillCounts(caller) ? lists.Mark(caller) : caller.Revoked(ladder) with { Status = null });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Look();
        }
    }
}
