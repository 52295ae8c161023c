using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

/// <summary>Somebody outside who is told of what happens here: which of it, in which words, and what the answer means.</summary>
internal interface IReceiver
{
    /// <summary>What the store, metrics and logs call it, such as <c>webhook:crm</c>.</summary>
    string Key { get; }

    /// <summary>Whether each message waits for the one before it.</summary>
    bool IsOrdered { get; }

    /// <summary>The body of the message about a happening; null where it is not told of it.</summary>
    /// <param name="happening">What happened.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="now">When.</param>
    string? Write(Happening happening, string id, DateTimeOffset now);

    /// <summary>A message as it is sent, anew for each attempt.</summary>
    HttpRequestMessage Send(Stored<OutgoingMessage> message, DateTimeOffset now);

    /// <summary>What the answer means; at most a few kilobytes of its body are read.</summary>
    Task<DeliveryResult> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken);
}

/// <summary>What came of an attempt.</summary>
internal enum DeliveryOutcome
{
    Delivered,

    /// <summary>It is tried again.</summary>
    Failed,

    /// <summary>The receiver does not want this message, now or later.</summary>
    Refused,
}

/// <summary>What came of an attempt, and why.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Code">Why: one of a closed list, never the receiver's own text.</param>
/// <param name="After">How long the receiver asks us to wait; null where it does not say.</param>
internal readonly record struct DeliveryResult(DeliveryOutcome Outcome, string Code, TimeSpan? After = null)
{
    public static readonly DeliveryResult Delivered = new(DeliveryOutcome.Delivered, "delivered");

    public static DeliveryResult Failed(HttpResponseMessage answer) => new(
        DeliveryOutcome.Failed,
        (int)answer.StatusCode is >= 100 and < 600 and var status ? FormattableString.Invariant($"status_{status}") : "status_unknown",
        answer.Headers.RetryAfter?.Delta);
}
