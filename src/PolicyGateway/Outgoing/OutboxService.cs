using System.Collections.Frozen;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

/// <summary>Takes up what waits from before the start, hears of what is added, and has every lane deliver.</summary>
internal sealed partial class OutboxService(
    Outbox outbox, WatchedStateStore store, OutgoingMessages messages, OutboxMetrics metrics, TimeProvider time, ILogger<OutboxService> logger) : BackgroundService
{
    private readonly FrozenDictionary<string, Lane> _lanes = outbox.Lanes.ToFrozenDictionary(static lane => lane.Receiver.Key, StringComparer.Ordinal);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TakeUpAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Has the lanes know what waits, from now on.</summary>
    public async Task TakeUpAsync(CancellationToken cancellationToken)
    {
        metrics.Watch(() => outbox.Lanes.Select(static lane => lane.Standing));
        store.Written += Hear;
        await foreach (var message in messages.AllAsync(cancellationToken))
        {
            outbox.Know(message.Id);
            if (_lanes.TryGetValue(message.Value.Receiver, out var lane))
            {
                lane.Add(message.Id, message.Value.CreatedAt);
            }
            else
            {
                // No label from here: what is configured no longer is no receiver.
                await messages.RemoveAsync(message, cancellationToken);
                metrics.Dropped("none", "removed");
                Log.Removed(logger);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        store.Written -= Hear;
        await base.StopAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(outbox.Lanes.Select(lane => lane.RunAsync(stoppingToken)));

    private void Hear(IReadOnlyList<StateChange> changes)
    {
        foreach (var change in changes)
        {
            if (change is { Kind: OutgoingMessages.Kind, Json: not null } && OutgoingMessages.ReceiverOf(change) is { } receiver && _lanes.TryGetValue(receiver, out var lane))
            {
                lane.Add(change.Id, time.GetUtcNow());
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "OutgoingRemoved", Level = LogLevel.Warning, Message = "A message was dropped: its receiver is configured no longer.")]
        public static partial void Removed(ILogger logger);
    }
}
