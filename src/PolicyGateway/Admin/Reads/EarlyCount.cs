using PolicyGateway.Audit;

namespace PolicyGateway.Admin.Reads;

/// <summary>
/// Counts the last week after a start, an hour at a time and with rests in between, so that whoever looks at the figures first need
/// not wait for the whole of it.
/// </summary>
internal sealed partial class EarlyCount(DecisionStatistics statistics, TimeProvider time, ILogger<EarlyCount> logger) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(AfterStart, time, stoppingToken);
            var now = time.GetUtcNow();
            for (var start = new DateTimeOffset(now.Ticks - (now.Ticks % Hour.Ticks), TimeSpan.Zero) - TimeSpan.FromDays(7); start + Hour <= now; start += Hour)
            {
                await statistics.OfAsync(start, start + Hour, Bucket.Hour, stoppingToken);
                await Task.Delay(Rest, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
        catch (Exception fault) when (fault is AuditUnavailableException or State.StateUnavailableException)
        {
            // Whoever looks waits, or is told.
            Log.Unread(logger, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "FiguresNotCounted", Level = LogLevel.Warning, Message = "The figures of the last week were not counted in advance")]
        public static partial void Unread(ILogger logger, Exception fault);
    }
}
