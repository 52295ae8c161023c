namespace PolicyGateway.Audit;

/// <summary>Opens the log with the host, so that a log that cannot be written stops the start; keeps the retention; closes it last.</summary>
internal sealed partial class AuditService(SqliteAuditLog log, TimeProvider time, ILogger<AuditService> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await log.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                var removed = await log.RetainAsync(stoppingToken);
                if (removed > 0)
                {
                    Log.Removed(logger, removed);
                }
            }
            catch (AuditUnavailableException fault)
            {
                Log.NotRemoved(logger, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4121, EventName = "AuditRetentionKept", Level = LogLevel.Information, Message = "{Records} audit records passed Audit:RetentionDays and were removed")]
        public static partial void Removed(ILogger logger, long records);

        [LoggerMessage(EventId = 4122, EventName = "AuditRetentionFailed", Level = LogLevel.Warning, Message = "Old audit records could not be removed; it is tried again")]
        public static partial void NotRemoved(ILogger logger, Exception fault);
    }
}
