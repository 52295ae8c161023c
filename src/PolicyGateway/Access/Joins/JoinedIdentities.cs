using System.Collections.Concurrent;
using System.Collections.Immutable;
using PolicyGateway.State;

namespace PolicyGateway.Access.Joins;

/// <summary>
/// Which subjects are one person: kept in the store, and in memory for every request to ask. Records stay those of the subject that they
/// were made for; a join only has them looked up together, so that undoing it leaves each with his own.
/// </summary>
internal sealed class JoinedIdentities(IStateStore store)
{
    private const string PersonTag = "person";
    private const string UndoneTag = "undone";

    private readonly SubjectGroups _people = new();
    private readonly SubjectGroups _ever = new();

    public StateSet<JoinedIdentity> Set { get; } = SetOf(store);

    /// <summary>The joins of a store, for those who look after all of its records.</summary>
    public static StateSet<JoinedIdentity> SetOf(IStateStore store) => new(store, "identity", static join =>
        [new StateTag(join.UndoneAt is null ? PersonTag : UndoneTag, join.Person.Key()), new StateTag(join.UndoneAt is null ? PersonTag : UndoneTag, join.Joined.Key())]);

    /// <summary>Reads what is kept. Nobody is admitted before.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await foreach (var stored in Set.AllAsync(null, cancellationToken))
        {
            Remember(stored.Value);
        }
    }

    public bool IsEmpty => _people.IsEmpty;

    /// <summary>All subjects of whoever this is, the one that the others are joined to first; himself where there is no other.</summary>
    public ImmutableArray<PersonRef> Of(PersonRef person) => _people.Of(person);

    /// <summary>Whether two subjects are one person, as far as is known.</summary>
    public bool AreOne(PersonRef? one, PersonRef? other) => one is not null && other is not null && (one == other || _people.Of(one).Contains(other));

    /// <summary>All subjects that this one ever was one person with, himself among them: two of them are no two people, whatever was undone since.</summary>
    public ImmutableArray<PersonRef> EverOf(PersonRef person) => _ever.Of(person);

    /// <summary>Whether two subjects are one person or were: asked where two people are needed, or somebody else.</summary>
    public bool WereEverOne(PersonRef? one, PersonRef? other) => one is not null && other is not null && (one == other || _ever.Of(one).Contains(other));

    /// <summary>The joins that name a person's subjects, newest first.</summary>
    public async Task<IReadOnlyList<JoinedIdentity>> ListAsync(PersonRef person, CancellationToken cancellationToken) =>
        await ListAsync(new StateTag(PersonTag, Of(person)[0].Key()), cancellationToken);

    /// <summary>Those of a subject that were undone, newest first.</summary>
    public Task<IReadOnlyList<JoinedIdentity>> UndoneAsync(PersonRef person, CancellationToken cancellationToken) =>
        ListAsync(new StateTag(UndoneTag, person.Key()), cancellationToken);

    /// <summary>Lists what all subjects of a person have, newest first.</summary>
    /// <param name="person">Who.</param>
    /// <param name="list">Lists what one subject has, newest first.</param>
    /// <param name="id">What they are in order by.</param>
    /// <param name="limit">At most so many.</param>
    public async Task<IReadOnlyList<T>> ListAsync<T>(PersonRef person, Func<PersonRef, Task<IReadOnlyList<T>>> list, Func<T, string> id, int limit)
    {
        var all = new List<T>();
        foreach (var one in Of(person))
        {
            all.AddRange(await list(one));
        }

        return [.. all.OrderByDescending(id, StringComparer.Ordinal).Take(limit)];
    }

    /// <summary>From now on they are one, or were.</summary>
    public void Remember(JoinedIdentity join)
    {
        _ever.Join(join.Person, join.Joined);
        if (join.UndoneAt is null)
        {
            _people.Join(join.Person, join.Joined);
        }
    }

    /// <summary>From now on they are two, and were one.</summary>
    public void Forget(JoinedIdentity join) => _people.Leave(join.Joined);

    /// <summary>From now on a subject, who is erased, was nobody's.</summary>
    public void Forget(PersonRef erased) => _ever.Leave(erased);

    private async Task<IReadOnlyList<JoinedIdentity>> ListAsync(StateTag tag, CancellationToken cancellationToken) =>
        [.. (await Set.ListAsync(tag, cancellationToken, limit: 1_000)).Select(static stored => stored.Value).OrderByDescending(static join => join.At)];

    /// <summary>Subjects in groups, to be asked by every request.</summary>
    private sealed class SubjectGroups
    {
        private readonly Lock _gate = new();

        // Read without _gate, written under it. Whoever is alone is not in it.
        private readonly ConcurrentDictionary<PersonRef, ImmutableArray<PersonRef>> _groups = new();

        public bool IsEmpty => _groups.IsEmpty;

        public ImmutableArray<PersonRef> Of(PersonRef person) => _groups.TryGetValue(person, out var all) ? all : [person];

        public void Join(PersonRef first, PersonRef second)
        {
            lock (_gate)
            {
                Write([.. Of(first).AddRange(Of(second)).Distinct()]);
            }
        }

        public void Leave(PersonRef person)
        {
            lock (_gate)
            {
                Write(Of(person).Remove(person));
                _groups.TryRemove(person, out _);
            }
        }

        private void Write(ImmutableArray<PersonRef> all)
        {
            foreach (var person in all)
            {
                if (all.Length > 1)
                {
                    _groups[person] = all;
                }
                else
                {
                    _groups.TryRemove(person, out _);
                }
            }
        }
    }
}

/// <summary>Reads which subjects are one person before anybody is answered: whoever is revoked is so under each of them.</summary>
internal sealed class JoinedIdentitiesService(JoinedIdentities joined) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => joined.LoadAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
