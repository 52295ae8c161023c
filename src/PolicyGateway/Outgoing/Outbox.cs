using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

/// <summary>
/// What others are to be told, as changes of the store that are written together with what they tell of: both are kept, or neither.
/// Nothing is sent by whoever makes the change, so nobody waits for a receiver.
/// </summary>
internal sealed partial class Outbox(ImmutableArray<Lane> lanes, OutgoingMessages messages, OutboxMetrics metrics, TimeProvider time, ILogger<Outbox> logger)
{
    private const string Prefix = "msg_";

    private long _last;

    public ImmutableArray<Lane> Lanes => lanes;

    /// <summary>The messages about what happens, one for each receiver that wants it.</summary>
    public ImmutableArray<StateChange> Of(params ReadOnlySpan<Happening> happenings)
    {
        if (lanes.IsEmpty)
        {
            return [];
        }

        var changes = ImmutableArray.CreateBuilder<StateChange>();
        foreach (var happening in happenings)
        {
            foreach (var lane in lanes)
            {
                if (Of(happening, lane) is { } change)
                {
                    changes.Add(change);
                }
            }
        }

        return changes.ToImmutable();
    }

    /// <summary>Knows an id of an earlier run, so that those of this one come behind it even if the clock went back.</summary>
    public void Know(string id)
    {
        if (id.Length >= Prefix.Length + 16 && long.TryParse(id.AsSpan(Prefix.Length, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ticks))
        {
            Later(ticks);
        }
    }

    private StateChange? Of(Happening happening, Lane lane)
    {
        var now = time.GetUtcNow();
        var id = $"{Prefix}{Later(now.UtcTicks):x16}{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        if (lane.Receiver.Write(happening, id, now) is not { } body)
        {
            return null;
        }

        if (lane.IsFull)
        {
            metrics.Dropped(lane.Receiver.Key, "full");
            Log.Full(logger, lane.Receiver.Key);
            return null;
        }

        return messages.Add(id, new OutgoingMessage { Receiver = lane.Receiver.Key, Body = body, CreatedAt = now });
    }

    /// <summary>A number behind all before it.</summary>
    private long Later(long ticks)
    {
        long last, next;
        do
        {
            last = Volatile.Read(ref _last);
            next = Math.Max(last + 1, ticks);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);

        return next;
    }

    private static partial class Log
    {
        [LoggerMessage(EventName = "OutgoingFull", Level = LogLevel.Error, Message = "A message to {Receiver} was dropped: as many wait as may (Outbox:MaxWaiting).")]
        public static partial void Full(ILogger logger, string receiver);
    }
}
