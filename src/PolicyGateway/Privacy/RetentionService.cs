using PolicyGateway.Audit;
using PolicyGateway.State;

namespace PolicyGateway.Privacy;

/// <summary>Applies the retention when the gateway has started and about once a day after that; nobody waits for it.</summary>
internal sealed partial class RetentionService(Retention retention, PrivacyMetrics metrics, TimeProvider time, ILogger<RetentionService> logger) : BackgroundService
{
    /// <summary>Between two runs it is a day, give or take this: several gateways do not all write at the same moment.</summary>
    private static readonly TimeSpan Jitter = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await RunAsync(stoppingToken);
            await Task.Delay(TimeSpan.FromDays(1) + (Jitter * ((2 * Random.Shared.NextDouble()) - 1)), time, stoppingToken);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var removed = (await retention.ApplyAsync(cancellationToken)).Values.Sum();
            metrics.Ran("done");
            if (removed > 0)
            {
                Log.Applied(logger, removed);
            }
        }
        catch (Exception fault) when (fault is StateUnavailableException or AuditUnavailableException)
        {
            metrics.Ran("failed");
            Log.Failed(logger, fault);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "RetentionApplied", Level = LogLevel.Information, Message = "{Count} records of the store passed their retention and were removed")]
        public static partial void Applied(ILogger logger, int count);

        [LoggerMessage(EventName = "RetentionFailed", Level = LogLevel.Warning, Message = "Old records of the store could not be removed or that not be recorded; it is tried again tomorrow")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
