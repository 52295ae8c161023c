using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PolicyGateway.State;

/// <summary>The records of one kind, as values.</summary>
/// <param name="store">Where they are kept.</param>
/// <param name="kind">Their kind.</param>
/// <param name="tags">What a value can be found by.</param>
internal sealed class StateSet<T>(IStateStore store, string kind, Func<T, IEnumerable<StateTag>> tags)
    where T : class
{
    /// <summary>As many as a store gives at once.</summary>
    private const int Page = 1_000;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public async ValueTask<Stored<T>?> FindAsync(string id, CancellationToken cancellationToken) =>
        await store.FindAsync(kind, id, cancellationToken) is { } record ? Read(record) : null;

    public async ValueTask<IReadOnlyList<Stored<T>>> ListAsync(
        StateTag? tag, CancellationToken cancellationToken, string? after = null, int limit = 100, bool newestFirst = false) =>
        [.. (await store.ListAsync(new StateQuery(kind, tag, after, limit, newestFirst), cancellationToken)).Select(Read)];

    /// <summary>All of them, page by page.</summary>
    public async IAsyncEnumerable<Stored<T>> AllAsync(
        StateTag? tag, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<Stored<T>>? page = null;
        do
        {
            page = await ListAsync(tag, cancellationToken, page?[^1].Id, Page);
            foreach (var stored in page)
            {
                yield return stored;
            }
        }
        while (page.Count == Page);
    }

    public StateChange Add(string id, T value) => Write(id, 0, value);

    public StateChange Replace(Stored<T> old, T value) => Write(old.Id, old.Version, value);

    public StateChange Remove(Stored<T> old) => new(kind, old.Id, old.Version, null, []);

    private StateChange Write(string id, long expected, T value) =>
        new(kind, id, expected, JsonSerializer.Serialize(value, Options), [.. tags(value)]);

    private static Stored<T> Read(StateRecord record)
    {
        try
        {
            return new Stored<T>(record.Id, record.Version, JsonSerializer.Deserialize<T>(record.Json, Options)!);
        }
        catch (JsonException fault)
        {
            throw new StateUnavailableException($"The record {record.Kind} {record.Id} of the store cannot be read.", fault);
        }
    }
}

/// <summary>A value with what a later write of it must name.</summary>
internal sealed record Stored<T>(string Id, long Version, T Value);

/// <summary>Ids of records: a prefix that says what they are, then time and chance, so that their order is that of their making.</summary>
internal static class StateId
{
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    public static string New(string prefix, DateTimeOffset now) => $"{prefix}_{Guid.CreateVersion7(now):n}";

    /// <summary>Whether a text has the form of an id with this prefix; ids of decisions, which are kept elsewhere, are shorter.</summary>
    public static bool IsOne(string prefix, string text) =>
        text.StartsWith(prefix, StringComparison.Ordinal) && text.AsSpan(prefix.Length) is ['_', .. { Length: 24 or 32 } rest] && !rest.ContainsAnyExcept(Hexadecimal);
}
