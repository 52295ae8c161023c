namespace PolicyGateway.State;

/// <summary>
/// What the gateway must keep, and all instances of it must agree on: records by kind and id, found again by their tags, and
/// marks that count once. Nothing else of a store is asked for, so that a shared one can take the embedded one's place.
/// </summary>
/// <remarks>Every member throws <see cref="StateUnavailableException"/> where the store cannot be read or written.</remarks>
internal interface IStateStore
{
    /// <summary>The record, or null where there is none.</summary>
    ValueTask<StateRecord?> FindAsync(string kind, string id, CancellationToken cancellationToken);

    /// <summary>Records of a kind in the order of their ids.</summary>
    ValueTask<IReadOnlyList<StateRecord>> ListAsync(StateQuery query, CancellationToken cancellationToken);

    /// <summary>Writes all of the changes durably, or none.</summary>
    /// <returns>False where a record has another version than a change expects: somebody was faster.</returns>
    ValueTask<bool> TryWriteAsync(IReadOnlyList<StateChange> changes, CancellationToken cancellationToken);

    /// <summary>
    /// Has what was removed or replaced leave the disk as well, as far as a store can; a backup keeps it. False where it could not be
    /// done now, and then a later call does it.
    /// </summary>
    ValueTask<bool> ScrubAsync(CancellationToken cancellationToken);

    /// <summary>Marks were kept since then; what was made before it may have been used, and must not count.</summary>
    DateTimeOffset MarksSince { get; }

    /// <summary>Marks an id as used until a time.</summary>
    /// <returns>False where it is marked already: a replay.</returns>
    ValueTask<bool> TryMarkAsync(string scope, string id, DateTimeOffset until, CancellationToken cancellationToken);
}

/// <summary>A record as it is kept.</summary>
/// <param name="Kind">Which sort of record, such as <c>grant</c>.</param>
/// <param name="Id">Unique among its kind.</param>
/// <param name="Version">Counts the writes of this record, from 1.</param>
/// <param name="Json">What it says.</param>
internal sealed record StateRecord(string Kind, string Id, long Version, string Json);

/// <summary>Something that records can be found by, such as the person that a grant belongs to.</summary>
internal readonly record struct StateTag(string Name, string Value);

/// <summary>One write.</summary>
/// <param name="Kind">Which sort of record.</param>
/// <param name="Id">Unique among its kind.</param>
/// <param name="Expected">The version that is replaced; 0 where the record must not exist yet.</param>
/// <param name="Json">The new text; null removes the record.</param>
/// <param name="Tags">What it can be found by from now on.</param>
internal sealed record StateChange(string Kind, string Id, long Expected, string? Json, IReadOnlyList<StateTag> Tags);

/// <summary>Which records to list.</summary>
/// <param name="Kind">Which sort of record.</param>
/// <param name="Tag">Only those that carry it; null takes all.</param>
/// <param name="After">Only ids behind this one; null begins at the first.</param>
/// <param name="Limit">At most so many, 1 to 1,000.</param>
/// <param name="NewestFirst">From the last id backwards; then <paramref name="After"/> means before.</param>
internal sealed record StateQuery(string Kind, StateTag? Tag = null, string? After = null, int Limit = 100, bool NewestFirst = false);

/// <summary>The store could not be read or written. Whatever needs its answer is refused.</summary>
internal sealed class StateUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
