using PolicyGateway.Access;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Audit;
using PolicyGateway.Privacy;
using PolicyGateway.State;

namespace PolicyGateway.Revocation;

/// <summary>What the audit says was taken away, as changes of a store that does not have it. What opens something is not done again.</summary>
/// <param name="store">The store.</param>
/// <param name="key">Knows people's digests.</param>
/// <param name="since">When the store was copied. Records from before it are read too, as far as a clock may have been set back.</param>
internal sealed class TakenAgain(IStateStore store, PrivacyKey key, DateTimeOffset since)
{
    /// <summary>Details of a revocation's record: whom it names, as a keyed digest or <see cref="Everybody"/>.</summary>
    public const string Whom = "revoked_of";
    public const string Everybody = "everybody";
    public const string IssuedBefore = "issued_before";
    public const string ForgetAt = "forget_at";
    public const string Transmitter = "transmitter";

    private const string Why = "Taken away again after a restore; the audit has the reason.";

    private readonly StateSet<Grant> _grants = GrantBook.SetOf(store);
    private readonly StateSet<ApiKey> _keys = KeyRecords.SetOf(store);
    private readonly StateSet<JoinedIdentity> _joins = JoinedIdentities.SetOf(store);
    private readonly StateSet<RevocationEntry> _revocations = Revocations.SetOf(store);

    // One of each record, however often it was taken away.
    private readonly Dictionary<(string Kind, string Id), StateChange> _changes = [];
    private readonly SortedSet<string> _unknown = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Transmitter, string? Whom, bool IsForGood), string> _latest = [];
    private readonly HashSet<string> _lifted = new(StringComparer.Ordinal);

    public IEnumerable<StateChange> Changes => _changes.Values.Where(change => !_lifted.Contains(change.Id));

    /// <summary>Ids of what was taken away and cannot be again, since its record does not say whom it named.</summary>
    public IReadOnlyList<string> Unknown => [.. _unknown.Where(id => !_lifted.Contains(id))];

    /// <summary>How many people were erased, who are in the store again.</summary>
    public int Erased { get; private set; }

    /// <summary>How many of a kind are taken away again.</summary>
    public int CountOf(string kind) => Changes.Count(change => change.Kind == kind && (kind != "identity" || change.Json is null));

    /// <summary>Takes up the next record of the audit.</summary>
    public async Task AddAsync(AuditLine line, CancellationToken cancellationToken)
    {
        if (!line.IsReadable)
        {
            _unknown.Add($"record {line.Seq}");
        }

        if (line.Text("target") is not { } target)
        {
            return;
        }

        switch (line.Text("event"))
        {
            case ChangeEvents.GrantRevoked or ChangeEvents.GrantRevoked + ChangeEvents.Unkept when await _grants.FindAsync(target, cancellationToken) is { Value.Revoked: null } grant:
                Add(_grants.Replace(grant, grant.Value with { Revoked = WordOf(line) }));
                break;
            case ChangeEvents.KeyRevoked or ChangeEvents.KeyRevoked + ChangeEvents.Unkept:
                await EndKeyAsync(target, line, cancellationToken);
                break;
            case ChangeEvents.KeyRotated when line.Text("replaces") is { } replaced:
                await EndKeyAsync(replaced, line, cancellationToken);
                break;
            case ChangeEvents.IdentityUndone or ChangeEvents.IdentityUndone + ChangeEvents.Unkept when await _joins.FindAsync(target, cancellationToken) is { Value.UndoneAt: null } join && join.Value.At <= line.RecordedAt:
                var undone = join.Value.Undone(key, line.RecordedAt);
                Add(_joins.Remove(join));
                Add(await _joins.FindAsync(undone.Id, cancellationToken) is { } before ? _joins.Replace(before, undone) : _joins.Add(undone.Id, undone));
                break;
            case ChangeEvents.RevocationCreated or ChangeEvents.RevocationCreated + ChangeEvents.Unkept or "revocation.unkept" when await _revocations.FindAsync(target, cancellationToken) is null:
                Revoke(target, line);
                break;
            case ChangeEvents.RevocationLifted:
                _lifted.Add(target);
                break;
            case ChangeEvents.RevocationLifted + ChangeEvents.Lost:
                _lifted.Remove(target);
                break;
            case ChangeEvents.PrivacyErased when line.RecordedAt > since:
                Erased++;
                break;
        }
    }

    private async Task EndKeyAsync(string id, AuditLine line, CancellationToken cancellationToken)
    {
        if (await _keys.FindAsync(id, cancellationToken) is { Value.Revoked: null } stored)
        {
            Add(_keys.Replace(stored, stored.Value with { Revoked = WordOf(line) }));
        }
    }

    private void Revoke(string id, AuditLine line)
    {
        var (whom, name, issuer) = (line.Text(Whom), line.Text("revoked_name"), line.Text("revoked_issuer"));
        var isKnown = Enum.TryParse<RevocationTarget>(line.Text("revoked"), ignoreCase: true, out var target) && target switch
        {
            RevocationTarget.Person => IsOurs(whom),
            RevocationTarget.Credential => name is not null && (whom == Everybody || IsOurs(whom)),
            RevocationTarget.Organisation => name is not null,
            _ => true,
        };
        if (!isKnown || issuer is null)
        {
            _unknown.Add(id);
            return;
        }

        if (line.Text(Transmitter) is { } transmitter)
        {
            // One of each kind for each person and transmitter: the later one says all that the earlier said.
            var kind = (transmitter, whom, Moment(line, IssuedBefore) is null);
            if (_latest.TryGetValue(kind, out var earlier))
            {
                _lifted.Add(earlier);
            }

            _latest[kind] = id;
        }

        Add(_revocations.Add(id, new RevocationEntry
        {
            Id = id,
            Target = target,
            Issuer = issuer,
            SubjectDigest = whom == Everybody ? null : whom,
            Name = name,
            IssuedBefore = Moment(line, IssuedBefore),
            ForgetAt = Moment(line, ForgetAt),
            At = line.RecordedAt,
            By = line.Text(Transmitter) ?? line.Subject ?? PersonRef.Erased,
            ByIssuer = line.Text("issuer"),
            Reason = Why,
        }));
    }

    /// <summary>With another key nobody would be known again.</summary>
    private bool IsOurs(string? digest) => digest?.StartsWith(key.Id + ".", StringComparison.Ordinal) == true;

    private void Add(StateChange change) => _changes.TryAdd((change.Kind, change.Id), change);

    private static Approval WordOf(AuditLine line) =>
        new(new PersonRef(line.Text("issuer") ?? "", line.Subject ?? PersonRef.Erased), line.RecordedAt, line.Reason ?? PersonRef.Erased);

    private static DateTimeOffset? Moment(AuditLine line, string name) => line.TimeOf(name) is var moment && moment == DateTimeOffset.MinValue ? null : moment;
}
