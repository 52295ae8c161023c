using Microsoft.Extensions.Options;
using PolicyGateway.Access.Joins;
using PolicyGateway.Access.Keys;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>How an appeal is decided.</summary>
/// <param name="Status">Upheld, overturned or a mistake.</param>
/// <param name="Reason">Why; the person reads it.</param>
/// <param name="Days">How long the grant of an overturned refusal counts.</param>
internal sealed record AppealDecision(AppealStatus Status, string? Reason, int? Days);

/// <summary>
/// Appeals against refusals. What was refused is looked up in the audit: only the person who was refused can appeal, or somebody in the
/// place of a caller who is no person, and what an overturned refusal opens to whoever appealed is the category that it names.
/// </summary>
internal sealed class Appeals(
    IStateStore store, Turns turns, GrantBook grants, JoinedIdentities joined, Outbox outbox, IPolicySource policy, IAuditLog audit, DecisionLookup decisions, IOptions<AccessOptions> options, TimeProvider time)
{
    public const string StatusTag = "status";
    public const string PersonTag = "person";

    private const string MarkKind = "appealed";
    private const string DecisionTag = "decision";

    private readonly StateSet<Appeal> _set = SetOf(store);

    /// <summary>The appeals of a store, also for those who only read.</summary>
    public static StateSet<Appeal> SetOf(IStateStore store) => new(store, "appeal", static appeal =>
    [
        new StateTag(PersonTag, appeal.Person.Key()), new StateTag(StatusTag, appeal.Status.ToString()), new StateTag(DecisionTag, appeal.DecisionId),
    ]);

    /// <summary>What removes an appeal, and the mark that there is one against its refusal.</summary>
    public static async ValueTask<IReadOnlyList<StateChange>> RemovalOfAsync(IStateStore store, Stored<Appeal> appeal, CancellationToken cancellationToken) =>
        await store.FindAsync(MarkKind, appeal.Value.DecisionId, cancellationToken) is { } mark
            ? [SetOf(store).Remove(appeal), new StateChange(MarkKind, mark.Id, mark.Version, null, [])]
            : [SetOf(store).Remove(appeal)];

    public async Task<AccessResult<Appeal>> CreateAsync(Caller caller, PersonRef person, string? decisionId, string? statement, CancellationToken cancellationToken)
    {
        if ((WrittenText.CheckLine("decision_id", decisionId) ?? WrittenText.CheckText("statement", statement)) is { } fault)
        {
            return fault;
        }

        // Somebody else's decision and none at all are answered alike: an id is no oracle.
        if (await RefusalAsync(decisionId!, cancellationToken) is not { WasRefused: true } decision || !await IsHisAsync(decision, caller, person, cancellationToken))
        {
            return AccessFault.NotFound("refusal");
        }

        return await turns.TakeAsync(() => CreateAsync(person, decisionId!, statement!, decision, cancellationToken), cancellationToken);
    }

    private async Task<AccessResult<Appeal>> CreateAsync(PersonRef person, string decisionId, string statement, PastDecision decision, CancellationToken cancellationToken)
    {
        if (await AgainstAsync(decisionId, cancellationToken) is not null)
        {
            return AccessFault.Conflict("There is an appeal against this refusal already.");
        }

        var own = await OfAsync(person, null, 1_000, cancellationToken);
        if (own.Count(static appeal => appeal.Status == AppealStatus.Open) >= options.Value.MaxOpenPerPerson)
        {
            return new AccessFault(StatusCodes.Status429TooManyRequests, "too_many_requests", "You have as many appeals open as you may; wait for an answer.");
        }

        var now = time.GetUtcNow();
        var appeal = new Appeal
        {
            Id = StateId.New("apl", now),
            DecisionId = decisionId,
            Person = person,
            Statement = statement.Trim(),
            CreatedAt = now,
            DueAt = now.AddDays(options.Value.AppealDays),
            Category = decision.Category,
            Reason = decision.Reason,
        };
        return await MakeAsync(ChangeEvents.AppealCreated, person, appeal, appeal.Statement, () => store.TryWriteAsync(
            // The second record exists once for each decision, so that of two appeals at once one is made.
            [_set.Add(appeal.Id, appeal), new StateChange(MarkKind, decisionId, 0, "{}", []), .. outbox.Of(Happening.Of(Happening.AppealCreated, appeal))], CancellationToken.None), cancellationToken);
    }

    /// <summary>
    /// Whether somebody may appeal: against his own refusal, one of a key of the organisation that his token names, or one of a caller
    /// whom nothing named, whose id nobody has but who got it. The appeal shows him no more than the refusal did.
    /// </summary>
    private async Task<bool> IsHisAsync(PastDecision decision, Caller caller, PersonRef person, CancellationToken cancellationToken) =>
        decision.IsAnonymous || joined.AreOne(decision.Person, person)
        || (decision.Person is { } key && OrganisationRef.Of(caller) is { } organisation && key.Issuer == organisation.Issuer
            && await KeyRecords.SetOf(store).FindAsync(key.Subject, cancellationToken) is { Value.Person: null } stored && stored.Value.Organisation == organisation);

    /// <summary>The decision; a refusal of just now may be on its way to the record.</summary>
    private async Task<PastDecision?> RefusalAsync(string decisionId, CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            if (await decisions.FindAsync(decisionId, cancellationToken) is { } decision)
            {
                return decision;
            }

            if (tries == 10)
            {
                return null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>One appeal: of a person, or any where <paramref name="person"/> is null.</summary>
    public async Task<Appeal?> FindAsync(string id, PersonRef? person, CancellationToken cancellationToken) =>
        await _set.FindAsync(id, cancellationToken) is { } stored && (person is null || joined.AreOne(stored.Value.Person, person)) ? stored.Value : null;

    /// <summary>The appeal against a refusal, if there is one.</summary>
    public async Task<Appeal?> AgainstAsync(string decisionId, CancellationToken cancellationToken) =>
        await _set.ListAsync(new StateTag(DecisionTag, decisionId), cancellationToken, limit: 1) is [var stored, ..] ? stored.Value : null;

    /// <summary>What became of each appeal, by the decision that it is against.</summary>
    public async Task<IReadOnlyDictionary<string, AppealStatus>> StatusesAsync(CancellationToken cancellationToken)
    {
        var statuses = new Dictionary<string, AppealStatus>(StringComparer.Ordinal);
        await foreach (var stored in _set.AllAsync(null, cancellationToken))
        {
            statuses[stored.Value.DecisionId] = stored.Value.Status;
        }

        return statuses;
    }

    public Task<IReadOnlyList<Appeal>> OfAsync(PersonRef person, string? after, int limit, CancellationToken cancellationToken) =>
        joined.ListAsync(person, one => ListAsync(new StateTag(PersonTag, one.Key()), after, limit, newestFirst: true, cancellationToken), static appeal => appeal.Id, limit);

    public Task<IReadOnlyList<Appeal>> InAsync(AppealStatus status, string? after, int limit, CancellationToken cancellationToken) =>
        ListAsync(new StateTag(StatusTag, status.ToString()), after, limit, newestFirst: false, cancellationToken);

    public async Task<AccessResult<Appeal>> DecideAsync(PersonRef approver, string id, AppealDecision decision, CancellationToken cancellationToken, Func<Appeal?, AccessFault?>? asSeen = null)
    {
        var stored = await _set.FindAsync(id, cancellationToken);
        if (asSeen?.Invoke(stored?.Value) is { } changed)
        {
            return changed;
        }

        if (decision.Status == AppealStatus.Open)
        {
            return AccessFault.Invalid("status: upheld, overturned or mistake.");
        }

        if (WrittenText.CheckText("reason", decision.Reason) is { } fault)
        {
            return fault;
        }

        if (stored is null)
        {
            return AccessFault.NotFound("appeal");
        }

        if (joined.WereEverOne(stored.Value.Person, approver))
        {
            return AccessFault.Forbidden("Nobody decides his own appeal.");
        }

        if (stored.Value.Status != AppealStatus.Open)
        {
            return AccessFault.Conflict($"The appeal is {stored.Value.Status.ToString().ToLowerInvariant()} already.");
        }

        var word = new Approval(approver, time.GetUtcNow(), decision.Reason!);
        var decided = stored.Value with { Status = decision.Status, Outcome = word };
        return decision.Status == AppealStatus.Overturned
            ? await OverturnAsync(stored, decided, word, decision.Days, cancellationToken)
            : await KeepAsync(decided, [_set.Replace(stored, decided)], word, cancellationToken);
    }

    private async Task<AccessResult<Appeal>> OverturnAsync(Stored<Appeal> stored, Appeal decided, Approval word, int? days, CancellationToken cancellationToken)
    {
        if (decided.Category is not { } name || !policy.Current.TryGet(name, out var category) || category.IsClosed)
        {
            return AccessFault.Invalid("The category of this refusal opens for nobody: the outcome is upheld or mistake.");
        }

        var terms = GrantTerms.Of(policy.Current, [name]);
        if (terms.Approvals > 1)
        {
            return AccessFault.Invalid($"'{name}', or what is nested in it, wants {terms.Approvals} approvers: let the person request access, which they can approve together.");
        }

        if (days is not { } length || length < 1 || length > terms.LongestDays)
        {
            return AccessFault.Invalid($"days: 1 to {terms.LongestDays}, how long the grant counts.");
        }

        var grant = new Grant
        {
            Id = StateId.New("grt", word.At),
            Person = decided.Person,
            Categories = [name],
            NotBefore = word.At,
            ExpiresAt = word.At.AddDays(length),
            AppealId = decided.Id,
            Approvals = [word],
        };
        decided = decided with { GrantId = grant.Id };
        return await KeepAsync(decided, [_set.Replace(stored, decided), grants.Set.Add(grant.Id, grant), .. outbox.Of(Happening.Of(Happening.GrantCreated, grant))], word, cancellationToken);
    }

    private Task<AccessResult<Appeal>> KeepAsync(Appeal decided, IReadOnlyList<StateChange> changes, Approval word, CancellationToken cancellationToken) => MakeAsync(
        EventOf(decided.Status), word.By, decided, word.Reason,
        () => grants.TryWriteAsync(decided.Person.Key(), [.. changes, .. outbox.Of(Happening.Of(Happening.AppealDecided, decided))], CancellationToken.None), cancellationToken);

    private static string EventOf(AppealStatus outcome) => outcome switch
    {
        AppealStatus.Upheld => ChangeEvents.AppealUpheld,
        AppealStatus.Overturned => ChangeEvents.AppealOverturned,
        _ => ChangeEvents.AppealMistake,
    };

    private async Task<IReadOnlyList<Appeal>> ListAsync(StateTag tag, string? after, int limit, bool newestFirst, CancellationToken cancellationToken) =>
        [.. (await _set.ListAsync(tag, cancellationToken, after, limit, newestFirst)).Select(static stored => stored.Value)];

    private async Task<AccessResult<Appeal>> MakeAsync(
        string happened, PersonRef by, Appeal appeal, string? reason, Func<ValueTask<bool>> write, CancellationToken cancellationToken) =>
        await audit.MakeAsync(
            new ChangeRecord
            {
                Event = happened,
                Issuer = by.Issuer,
                Subject = by.Subject,
                Target = appeal.Id,
                Details = [new("refusal", appeal.DecisionId), .. appeal.GrantId is { } grant ? [new KeyValuePair<string, string>("grant", grant)] : Array.Empty<KeyValuePair<string, string>>()],
                Categories = appeal.Category is { } category ? [category] : [],
                Reason = reason,
            },
            write,
            cancellationToken) ? appeal : AccessFault.Raced;
}
