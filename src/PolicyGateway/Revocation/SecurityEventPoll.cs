namespace PolicyGateway.Revocation;

/// <summary>Fetches the events of every transmitter that is polled, each at its own pace.</summary>
internal sealed class SecurityEventPoll(
    Transmitters transmitters, SecurityEventReceiver receiver, PollClient client, TimeProvider time, ILogger<SecurityEventPoll> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(transmitters.All
        .Where(static transmitter => transmitter.Options.PollAddress is not null)
        .Select(transmitter => RunAsync(new EventPoller(transmitter, receiver, client, logger), stoppingToken)));

    private async Task RunAsync(EventPoller poller, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var wait = await poller.PollAsync(cancellationToken);
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
