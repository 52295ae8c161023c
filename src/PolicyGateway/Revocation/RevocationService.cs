namespace PolicyGateway.Revocation;

/// <summary>Reads what was revoked before anybody is answered, and forgets from time to time what can concern nothing any more.</summary>
internal sealed partial class RevocationService(Revocations revocations, TimeProvider time, ILogger<RevocationService> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await revocations.LoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await revocations.ForgetAsync(stoppingToken);
            }
            catch (State.StateUnavailableException exception)
            {
                Log.NotForgotten(logger, exception);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "RevocationsNotForgotten", Level = LogLevel.Warning, Message = "Revocations that concern nothing any more could not be removed; it is tried again.")]
        public static partial void NotForgotten(ILogger logger, Exception exception);
    }
}
