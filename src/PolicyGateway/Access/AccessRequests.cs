using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.Policy;
using PolicyGateway.Revocation;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>What a person asks for.</summary>
/// <param name="Categories">What is to open.</param>
/// <param name="Project">What it is for, by name.</param>
/// <param name="Purpose">Why.</param>
/// <param name="Days">For how long.</param>
/// <param name="ForOrganisation">Whether a steward asks for his organisation, to pass it on.</param>
internal sealed record RequestDraft(ImmutableArray<string> Categories, string? Project, string? Purpose, int Days, bool ForOrganisation = false);

/// <summary>What an approver says, each of which may only make the grant smaller.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Days">For how long, where it is shorter than was asked; null takes what was asked.</param>
/// <param name="BindProject">Whether the grant is to count for tokens of the project only; one approver who says so is enough.</param>
/// <param name="Quota">How much it opens; null leaves what another approver said.</param>
internal sealed record ApprovalTerms(string? Reason, int? Days = null, bool BindProject = false, GrantQuota? Quota = null);

/// <summary>
/// Requests for access, from the asking to the grant. Nobody approves himself; a category that wants two approvers gets two
/// different people; the grant and the request's new state are one write, so that two approvers at once make one grant.
/// </summary>
internal sealed class AccessRequests(
    IStateStore store, Turns turns, GrantBook grants, JoinedIdentities joined, Revocations revocations, Outbox outbox, IPolicySource policy, IAuditLog audit, IOptions<AccessOptions> options, TimeProvider time)
{
    public const string PersonTag = "person";

    private const string StatusTag = "status";

    private readonly StateSet<AccessRequest> _set = SetOf(store);

    /// <summary>The requests of a store, for those who look after all of its records.</summary>
    public static StateSet<AccessRequest> SetOf(IStateStore store) => new(store, "request", static request =>
        [new StateTag(PersonTag, request.Person.Key()), new StateTag(StatusTag, request.Status.ToString())]);

    public async Task<AccessResult<AccessRequest>> CreateAsync(Caller caller, RequestDraft draft, CancellationToken cancellationToken)
    {
        if (PersonRef.Of(caller) is not { } person)
        {
            return AccessFault.Forbidden("Only a person who is logged in can ask for access.");
        }

        if ((Check(draft) ?? (draft.ForOrganisation ? Stewardship.Of(caller).Fault : null)) is { } fault)
        {
            return fault;
        }

        return await turns.TakeAsync(() => CreateAsync(caller, person, draft, cancellationToken), cancellationToken);
    }

    private async Task<AccessResult<AccessRequest>> CreateAsync(Caller caller, PersonRef person, RequestDraft draft, CancellationToken cancellationToken)
    {
        var own = await OfAsync(person, null, 1_000, cancellationToken);
        if (own.Count(static request => request.Status == RequestStatus.Pending) >= options.Value.MaxOpenPerPerson)
        {
            return new AccessFault(StatusCodes.Status429TooManyRequests, "too_many_requests", "You have as many requests open as you may; withdraw one, or wait.");
        }

        var now = time.GetUtcNow();
        var request = new AccessRequest
        {
            Id = StateId.New("req", now),
            Person = person,
            Organisation = OrganisationRef.Of(caller),
            Categories = draft.Categories,
            Project = draft.Project!.Trim(),
            Purpose = draft.Purpose!.Trim(),
            Days = draft.Days,
            ForOrganisation = draft.ForOrganisation,
            CreatedAt = now,
            Evidence = new RequestEvidence(caller.Tier.Name, [.. caller.Credentials.Select(static held => held.Name)], caller.Acr ?? (caller.AcrsOfMethods.IsEmpty ? null : string.Join(' ', caller.AcrsOfMethods)), caller.AuthTime),
            ApprovalsNeeded = Terms(draft.Categories).Approvals,
        };
        return await MakeAsync(
            ChangeEvents.RequestCreated, person, request, request.Purpose,
            () => store.TryWriteAsync([_set.Add(request.Id, request), .. outbox.Of(Happening.Of(Happening.RequestCreated, request))], CancellationToken.None), cancellationToken);
    }

    /// <summary>One request: of a person, or any where <paramref name="person"/> is null.</summary>
    public async Task<AccessRequest?> FindAsync(string id, PersonRef? person, CancellationToken cancellationToken) =>
        await _set.FindAsync(id, cancellationToken) is { } stored && (person is null || joined.AreOne(stored.Value.Person, person)) ? stored.Value : null;

    /// <summary>A person's requests, newest first.</summary>
    public Task<IReadOnlyList<AccessRequest>> OfAsync(PersonRef person, string? after, int limit, CancellationToken cancellationToken) =>
        joined.ListAsync(person, one => ListAsync(new StateTag(PersonTag, one.Key()), after, limit, newestFirst: true, cancellationToken), static request => request.Id, limit);

    /// <summary>Everybody's of a status, oldest first: a queue.</summary>
    public Task<IReadOnlyList<AccessRequest>> InAsync(RequestStatus status, string? after, int limit, CancellationToken cancellationToken) =>
        ListAsync(new StateTag(StatusTag, status.ToString()), after, limit, newestFirst: false, cancellationToken);

    public Task<AccessResult<AccessRequest>> WithdrawAsync(PersonRef person, string id, CancellationToken cancellationToken, Func<AccessRequest?, AccessFault?>? asSeen = null) =>
        CloseAsync(ChangeEvents.RequestWithdrawn, person, id, RequestStatus.Withdrawn, "Withdrawn.", request => joined.AreOne(request.Person, person) ? null : AccessFault.NotFound("request"),
            request => asSeen?.Invoke(joined.AreOne(request?.Person, person) ? request : null), cancellationToken);

    public Task<AccessResult<AccessRequest>> DenyAsync(PersonRef approver, string id, string? reason, CancellationToken cancellationToken, Func<AccessRequest?, AccessFault?>? asSeen = null) =>
        CloseAsync(ChangeEvents.RequestDenied, approver, id, RequestStatus.Denied, reason, request => NotOneself(request.Person, approver), asSeen, cancellationToken);

    /// <summary>Adds an approver's word; the last one that is needed makes the grant.</summary>
    /// <param name="approver">Who approves.</param>
    /// <param name="own">His organisation.</param>
    /// <param name="id">The request.</param>
    /// <param name="terms">What he says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="asSeen">What is wrong where it is not as he saw it.</param>
    public async Task<AccessResult<AccessRequest>> ApproveAsync(
        PersonRef approver, OrganisationRef? own, string id, ApprovalTerms terms, CancellationToken cancellationToken, Func<AccessRequest?, AccessFault?>? asSeen = null)
    {
        var (reason, days, bindProject, quota) = terms;
        var stored = await _set.FindAsync(id, cancellationToken);
        if ((asSeen?.Invoke(stored?.Value) ?? WrittenText.CheckText("reason", reason)) is { } fault)
        {
            return fault;
        }

        if (stored is null)
        {
            return AccessFault.NotFound("request");
        }

        var request = stored.Value;
        if ((NotPending(request) ?? NotOneself(request.Person, approver) ?? NotOwn(request, own) ?? Again(request, approver) ?? TooLong(request, days) ?? GrantTerms.CheckQuota(quota, request.Quota)) is { } wrong)
        {
            return wrong;
        }

        var now = time.GetUtcNow();
        var approved = request with
        {
            // A word that counts no more goes, so that what is left says how many are missing; whoever's counts again says it anew.
            Approvals = [.. request.Approvals.Where(approval => Counts(request, approval)), new Approval(approver, now, reason!) { Organisation = own?.Name }],
            Days = Math.Min(request.Days, days ?? request.Days),
            BindProject = request.BindProject || bindProject,
            Quota = quota ?? request.Quota,
        };
        if (approved.Approvals.Where(approval => Counts(request, approval)).DistinctBy(approval => joined.EverOf(approval.By)[0]).Count() < Needed(approved))
        {
            return await MakeAsync(ChangeEvents.RequestApproval, approver, approved, reason, () => store.TryWriteAsync([_set.Replace(stored, approved)], CancellationToken.None), cancellationToken);
        }

        var grant = new Grant
        {
            Id = StateId.New("grt", now),
            Person = request.ForOrganisation ? null : request.Person,
            Organisation = request.ForOrganisation ? request.Organisation : null,
            IsAssignable = request.ForOrganisation,
            Categories = request.Categories,
            Project = request.Project,
            BindProject = approved.BindProject,
            Quota = approved.Quota,
            NotBefore = now,
            ExpiresAt = now.AddDays(approved.Days),
            RequestId = request.Id,
            Approvals = approved.Approvals,
        };
        approved = approved with { Status = RequestStatus.Approved, GrantId = grant.Id };
        return await MakeAsync(
            ChangeEvents.RequestApproved, approver, approved, reason,
            () => grants.TryWriteAsync(
                grant.Holder(),
                [_set.Replace(stored, approved), grants.Set.Add(grant.Id, grant), .. outbox.Of(Happening.Of(Happening.RequestApproved, approved), Happening.Of(Happening.GrantCreated, grant))],
                CancellationToken.None),
            cancellationToken);
    }

    private async Task<AccessResult<AccessRequest>> CloseAsync(
        string happened, PersonRef by, string id, RequestStatus status, string? reason, Func<AccessRequest, AccessFault?> check, Func<AccessRequest?, AccessFault?>? asSeen, CancellationToken cancellationToken)
    {
        var stored = await _set.FindAsync(id, cancellationToken);
        if ((asSeen?.Invoke(stored?.Value) ?? WrittenText.CheckText("reason", reason)) is { } fault)
        {
            return fault;
        }

        if (stored is null)
        {
            return AccessFault.NotFound("request");
        }

        if ((check(stored.Value) ?? NotPending(stored.Value)) is { } wrong)
        {
            return wrong;
        }

        var closed = stored.Value with { Status = status, Closed = new Approval(by, time.GetUtcNow(), reason!) };
        return await MakeAsync(
            happened, by, closed, reason, () => store.TryWriteAsync([_set.Replace(stored, closed), .. outbox.Of(Happening.Of(happened, closed))], CancellationToken.None), cancellationToken);
    }

    private async Task<IReadOnlyList<AccessRequest>> ListAsync(StateTag tag, string? after, int limit, bool newestFirst, CancellationToken cancellationToken) =>
        [.. (await _set.ListAsync(tag, cancellationToken, after, limit, newestFirst)).Select(static stored => stored.Value)];

    private AccessFault? Check(RequestDraft draft)
    {
        if (draft.Categories.IsDefaultOrEmpty || draft.Categories.Length > 20)
        {
            return AccessFault.Invalid("categories: name 1 to 20 of the categories that the requirements page lists.");
        }

        if (draft.Categories.FirstOrDefault(category => !policy.Current.TryGet(category, out var known) || known.IsClosed) is { } closed)
        {
            return AccessFault.Invalid(policy.Current.TryGet(closed, out _)
                ? $"categories: '{closed}' opens for nobody."
                : "categories: one of them is no category of the policy; the requirements page lists those that are.");
        }

        var longest = Terms(draft.Categories).LongestDays;
        return draft.Days < 1 || draft.Days > longest
            ? AccessFault.Invalid($"days: 1 to {longest} for these categories.")
            : WrittenText.CheckLine("project", draft.Project) ?? WrittenText.CheckText("purpose", draft.Purpose);
    }

    private GrantTerms Terms(ImmutableArray<string> categories) => GrantTerms.Of(policy.Current, categories);

    /// <summary>
    /// Whether an approver's word counts still: not where he would not be let in now with a token of the moment when he gave it, nor
    /// where he turns out to be whoever asked.
    /// </summary>
    private bool Counts(AccessRequest request, Approval approval) => !joined.WereEverOne(approval.By, request.Person)
        && revocations.Admit(new Caller(approval.By.Issuer, approval.By.Subject, approval.Organisation, null, default, [], IssuedAt: approval.At)) is not null;

    /// <summary>The stricter of what the policy said when it was asked and what it says now.</summary>
    private int Needed(AccessRequest request) => Math.Max(request.ApprovalsNeeded, Terms(request.Categories).Approvals);

    private AccessFault? TooLong(AccessRequest request, int? days)
    {
        var (isOpenable, _, longest) = Terms(request.Categories);
        return !isOpenable
            ? AccessFault.Conflict("The policy has changed: one of the categories does not open any more. Deny the request.")
            : days < 1 || days > request.Days || (days ?? request.Days) > longest ? AccessFault.Invalid($"days: 1 to {Math.Min(longest, request.Days)} for this request.")
            : null;
    }

    private static AccessFault? NotPending(AccessRequest request) =>
        request.Status == RequestStatus.Pending ? null : AccessFault.Conflict($"The request is {request.Status.ToString().ToLowerInvariant()} already.");

    private AccessFault? NotOneself(PersonRef person, PersonRef approver) =>
        joined.WereEverOne(person, approver) ? AccessFault.Forbidden("Nobody decides his own request.") : null;

    private static AccessFault? NotOwn(AccessRequest request, OrganisationRef? own) =>
        request.ForOrganisation && own == request.Organisation ? AccessFault.Forbidden("Nobody approves anything for the organisation that he belongs to.") : null;

    private AccessFault? Again(AccessRequest request, PersonRef approver) =>
        request.Approvals.Any(approval => Counts(request, approval) && joined.WereEverOne(approval.By, approver)) ? AccessFault.Conflict("You approved it already; it waits for somebody else.") : null;

    private async Task<AccessResult<AccessRequest>> MakeAsync(
        string happened, PersonRef by, AccessRequest request, string? reason, Func<ValueTask<bool>> write, CancellationToken cancellationToken) =>
        await audit.MakeAsync(
            new ChangeRecord
            {
                Event = happened,
                Issuer = by.Issuer,
                Subject = by.Subject,
                Target = request.Id,
                Details = [.. Optional("grant", request.GrantId), .. Optional("for_organisation", request.ForOrganisation ? "true" : null), .. Optional("quota", request.Quota?.ToString())],
                Categories = request.Categories,
                Reason = reason,
            },
            write,
            cancellationToken) ? request : AccessFault.Raced;

    private static KeyValuePair<string, string>[] Optional(string name, string? value) => value is null ? [] : [new(name, value)];
}
