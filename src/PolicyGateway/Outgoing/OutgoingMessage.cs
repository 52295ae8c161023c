using PolicyGateway.State;

namespace PolicyGateway.Outgoing;

/// <summary>One message to one receiver. Its id orders it among the others of this gateway.</summary>
internal sealed record OutgoingMessage
{
    public required string Receiver { get; init; }

    public required string Body { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The messages that wait in the store.</summary>
internal sealed class OutgoingMessages(IStateStore store)
{
    public const string Kind = "outgoing";

    private const string ReceiverTag = "receiver";

    private readonly StateSet<OutgoingMessage> _set = new(store, Kind, static message => [new StateTag(ReceiverTag, message.Receiver)]);

    /// <summary>Whose message a change adds or removes; null where the change says nothing of that.</summary>
    public static string? ReceiverOf(StateChange change) => change.Tags is [{ Name: ReceiverTag } tag] ? tag.Value : null;

    public StateChange Add(string id, OutgoingMessage message) => _set.Add(id, message);

    public ValueTask<Stored<OutgoingMessage>?> FindAsync(string id, CancellationToken cancellationToken) => _set.FindAsync(id, cancellationToken);

    public IAsyncEnumerable<Stored<OutgoingMessage>> AllAsync(CancellationToken cancellationToken) => _set.AllAsync(null, cancellationToken);

    /// <summary>Takes a message out; false where somebody else did.</summary>
    public ValueTask<bool> RemoveAsync(Stored<OutgoingMessage> message, CancellationToken cancellationToken) =>
        store.TryWriteAsync([_set.Remove(message)], cancellationToken);
}
