using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

/// <summary>
/// The way to one receiver: one attempt at a time, back-off after failures, messages that are too old are dropped. Lanes know nothing
/// of each other, so that one that hangs holds up nobody else's.
/// </summary>
internal sealed partial class Lane(
    IReceiver receiver, OutgoingMessages messages, DeliveryClient client, OutboxMetrics metrics, OutboxOptions options, TimeProvider time, ILogger<Lane> logger)
{
    /// <summary>What is looked at again although nothing was heard of it, such as after the clock was set.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // All under _gate. Ids sort by when they were made.
    private readonly SortedDictionary<string, DateTimeOffset> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Failures, DateTimeOffset Next)> _deferred = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _pausedUntil;
    private int _newFailures;

    public IReceiver Receiver => receiver;

    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count >= options.MaxWaiting;
            }
        }
    }

    /// <summary>What waits, for metrics.</summary>
    public (string Receiver, int Waiting, TimeSpan Age) Standing
    {
        get
        {
            var now = time.GetUtcNow();
            lock (_gate)
            {
                return (receiver.Key, _waiting.Count, _waiting.Count > 0 && _waiting.First().Value is var oldest && oldest < now ? now - oldest : TimeSpan.Zero);
            }
        }
    }

    /// <summary>A message is in the store.</summary>
    public void Add(string id, DateTimeOffset at)
    {
        lock (_gate)
        {
            _waiting[id] = at;
            Signal();
        }
    }

    /// <summary>A message is in the store no longer.</summary>
    public void Remove(string id)
    {
        lock (_gate)
        {
            _waiting.Remove(id);
            _deferred.Remove(id);
        }
    }

    /// <summary>Delivers until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            var wait = await StepAsync(cancellationToken);
            if (wait > TimeSpan.Zero)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(changed, Task.Delay(wait, time, either.Token));
                await either.CancelAsync();
            }
        }
    }

    /// <summary>Makes one attempt, if one is due.</summary>
    /// <returns>How long nothing is to do, unless something is added.</returns>
    public async Task<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (id, wait) = Next(now);
        if (id is null)
        {
            return wait;
        }

        try
        {
            if (await messages.FindAsync(id, cancellationToken) is not { } message)
            {
                Remove(id);
            }
            else if (now - message.Value.CreatedAt >= options.KeepFor)
            {
                await DropAsync(message, "expired", cancellationToken);
            }
            else
            {
                await AttemptAsync(message, now, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }
#pragma warning disable CA1031 // Whatever broke, mostly the store, the lane goes on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            // What was delivered and could not be taken out is delivered again; its id tells the receiver.
            Log.Broken(logger, receiver.Key, fault.GetType().Name);
            metrics.Failed(receiver.Key, "internal");
            Defer(id, null);
        }

        return TimeSpan.Zero;
    }

    private async Task AttemptAsync(Stored<OutgoingMessage> message, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var result = await client.SendAsync(receiver, message, now, cancellationToken);
        switch (result.Outcome)
        {
            case DeliveryOutcome.Delivered:
                await RemoveAsync(message, cancellationToken);
                metrics.Delivered(receiver.Key);
                lock (_gate)
                {
                    (_newFailures, _pausedUntil) = (0, default);
                }

                break;
            case DeliveryOutcome.Refused:
                await DropAsync(message, result.Code, cancellationToken);
                break;
            default:
                metrics.Failed(receiver.Key, result.Code);
                Log.Failed(logger, receiver.Key, result.Code);
                Defer(message.Id, result.After);
                break;
        }
    }

    /// <summary>The message whose turn it is, or how long none is due.</summary>
    private (string? Id, TimeSpan Wait) Next(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!receiver.IsOrdered && _pausedUntil > now)
            {
                return (null, _pausedUntil - now);
            }

            var soonest = now + Idle;
            foreach (var (id, _) in _waiting)
            {
                if (!_deferred.TryGetValue(id, out var deferral) || deferral.Next <= now)
                {
                    return (id, TimeSpan.Zero);
                }

                soonest = deferral.Next < soonest ? deferral.Next : soonest;
                if (receiver.IsOrdered)
                {
                    break;
                }
            }

            return (null, soonest - now);
        }
    }

    private void Defer(string id, TimeSpan? asked)
    {
        // After the attempt: what took five seconds is not due again at once.
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var failures = _deferred.GetValueOrDefault(id).Failures + 1;
            _deferred[id] = (failures, now + BackOff.After(failures, asked, Random.Shared.NextDouble()));

            // Only a message that fails for the first time says anything new of the receiver: one that always fails holds up no other.
            _newFailures += failures == 1 ? 1 : 0;
            _pausedUntil = now + BackOff.After(_newFailures, null, 0);
        }
    }

    private async Task DropAsync(Stored<OutgoingMessage> message, string reason, CancellationToken cancellationToken)
    {
        await RemoveAsync(message, cancellationToken);
        metrics.Dropped(receiver.Key, reason);
        Log.Dropped(logger, receiver.Key, reason);
    }

    private async Task RemoveAsync(Stored<OutgoingMessage> message, CancellationToken cancellationToken)
    {
        await messages.RemoveAsync(message, cancellationToken);
        Remove(message.Id);
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "OutgoingFailed", Level = LogLevel.Warning, Message = "A message to {Receiver} could not be delivered: {Reason}. It is tried again.")]
        public static partial void Failed(ILogger logger, string receiver, string reason);

        [LoggerMessage(EventName = "OutgoingDropped", Level = LogLevel.Error, Message = "A message to {Receiver} was dropped: {Reason}.")]
        public static partial void Dropped(ILogger logger, string receiver, string reason);

        [LoggerMessage(EventName = "OutgoingBroken", Level = LogLevel.Error, Message = "A message to {Receiver} could not be read, sent or taken out of the store ({Fault}). It is tried again.")]
        public static partial void Broken(ILogger logger, string receiver, string fault);
    }
}
