using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using PolicyGateway.Access.Joins;
using PolicyGateway.Audit;
using PolicyGateway.Identity;
using PolicyGateway.Outgoing;
using PolicyGateway.Policy;
using PolicyGateway.State;

namespace PolicyGateway.Access;

/// <summary>What a responder opens to himself.</summary>
internal sealed record EmergencyDraft(string?[]? Categories, int? Minutes, string? Reason);

/// <summary>
/// Emergency access: a responder opens a category to himself when no approver can be waited for, for minutes, loudly. It is the one
/// grant that somebody gives himself, so it waits for somebody else's look afterwards, and is counted until it had one.
/// </summary>
internal sealed partial class BreakGlass(
    IStateStore store, Turns turns, GrantBook grants, JoinedIdentities joined, Outbox outbox, IPolicySource policy, IAuditLog audit, IOptions<AccessOptions> options, TimeProvider time, ILogger<BreakGlass> logger)
{
    public static readonly StateTag ToReview = new("review", "open");

    /// <summary>So many of a person's newest grants are looked through for those that he gave himself.</summary>
    private const int Newest = 200;

    /// <summary>The longest that one lasts; 0 where there is none.</summary>
    public int MostMinutes => options.Value.BreakGlassMinutes;

    /// <summary>Why a caller opens nothing to himself; null where he may. An administrator has every role but this: it must have been given by name.</summary>
    public AccessFault? CannotOpen(Caller caller) =>
        MostMinutes == 0 ? AccessFault.Forbidden("Emergency access is off here (Access:BreakGlassMinutes).")
        : !caller.Roles.Contains(Role.Responder) ? AccessFault.Forbidden("Emergency access needs the role responder.")
        : null;

    public async Task<AccessResult<Grant>> OpenAsync(Caller caller, PersonRef person, EmergencyDraft draft, CancellationToken cancellationToken)
    {
        if (CannotOpen(caller) is { } refused)
        {
            return refused;
        }

        ImmutableArray<string> categories = [.. (draft.Categories ?? []).Select(static name => name ?? "").Distinct()];
        var now = time.GetUtcNow();
        if ((Check(categories, draft.Minutes) ?? WrittenText.CheckText("reason", draft.Reason)) is { } fault)
        {
            return fault;
        }

        return await turns.TakeAsync<Grant>(
            async () => await WaitsForAsync(person, categories, cancellationToken) is { } waits ? waits : await MakeAsync(person, draft, categories, now, cancellationToken), cancellationToken);
    }

    /// <summary>What was opened before and nobody has looked at, by any login that he has or had, keeps the same closed; what somebody ended keeps all closed.</summary>
    private async Task<AccessFault?> WaitsForAsync(PersonRef person, ImmutableArray<string> categories, CancellationToken cancellationToken)
    {
        await foreach (var stored in grants.Set.AllAsync(ToReview, cancellationToken))
        {
            var earlier = stored.Value;
            if (!joined.WereEverOne(earlier.Person, person))
            {
                continue;
            }

            if (earlier.Revoked is { } word && !joined.WereEverOne(word.By, person))
            {
                return AccessFault.Conflict($"Somebody ended an emergency of yours ({earlier.Id}) and nobody has reviewed it since; it waits for that.");
            }

            if (categories.FirstOrDefault(category => earlier.Categories.Any(opened => IsWithin(category, opened) || IsWithin(opened, category))) is { } again)
            {
                return AccessFault.Conflict($"categories: you opened '{again}' in an emergency before ({earlier.Id}) and nobody has reviewed that yet; it waits for that.");
            }
        }

        return null;
    }

    private static bool IsWithin(string category, string outer) =>
        category.StartsWith(outer, StringComparison.Ordinal) && (category.Length == outer.Length || category[outer.Length] == '.');

    private async Task<AccessResult<Grant>> MakeAsync(PersonRef person, EmergencyDraft draft, ImmutableArray<string> categories, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var grant = new Grant
        {
            Id = StateId.New("grt", now),
            Person = person,
            Categories = categories,
            NotBefore = now,
            ExpiresAt = now.AddMinutes(draft.Minutes!.Value),
            IsEmergency = true,
            Approvals = [new Approval(person, now, draft.Reason!)],
        };
        var made = await audit.MakeAsync(
            RecordOf(ChangeEvents.BreakGlassOpened, person, grant, draft.Reason), () => grants.TryWriteAsync(grant.Holder(), [grants.Set.Add(grant.Id, grant), .. outbox.Of(Happening.Of(Happening.GrantCreated, grant))], CancellationToken.None), cancellationToken);
        if (!made)
        {
            return AccessFault.Raced;
        }

        Log.Opened(logger, grant.Id, grant.ExpiresAt);
        return grant;
    }

    /// <summary>What a person opened to himself lately, with any of his logins, newest first.</summary>
    public async Task<IReadOnlyList<Grant>> OfAsync(PersonRef person, CancellationToken cancellationToken) =>
        [.. (await joined.ListAsync(person, one => grants.OfAsync(one.Key(), null, Newest, cancellationToken), static grant => grant.Id, Newest)).Where(static grant => grant.IsEmergency)];

    /// <summary>Those that nobody has looked at, oldest first.</summary>
    public async Task<IReadOnlyList<Grant>> ToReviewAsync(string? after, int limit, CancellationToken cancellationToken) =>
        [.. (await grants.Set.ListAsync(ToReview, cancellationToken, after, limit)).Select(static stored => stored.Value)];

    /// <summary>Somebody else says that he has looked at it, and what he found.</summary>
    public async Task<AccessResult<Grant>> ReviewAsync(PersonRef by, string id, string? finding, CancellationToken cancellationToken)
    {
        if (WrittenText.CheckText("reason", finding) is { } fault)
        {
            return fault;
        }

        if (await grants.Set.FindAsync(id, cancellationToken) is not { Value.IsEmergency: true } stored)
        {
            return AccessFault.NotFound("emergency grant");
        }

        if (joined.WereEverOne(stored.Value.Person, by))
        {
            return AccessFault.Forbidden("Nobody looks at his own emergency access.");
        }

        if (stored.Value.Reviewed is not null)
        {
            return AccessFault.Conflict("Somebody has looked at it already.");
        }

        var reviewed = stored.Value with { Reviewed = new Approval(by, time.GetUtcNow(), finding!) };
        return await audit.MakeAsync(
            RecordOf(ChangeEvents.BreakGlassReviewed, by, reviewed, finding), () => store.TryWriteAsync([grants.Set.Replace(stored, reviewed)], CancellationToken.None), cancellationToken)
            ? reviewed
            : AccessFault.Raced;
    }

    private AccessFault? Check(ImmutableArray<string> categories, int? minutes) =>
        categories.IsEmpty || !GrantTerms.Of(policy.Current, categories).IsOpenable ? AccessFault.Invalid("categories: name those of the policy that open to somebody.")
        : minutes is not { } wanted || wanted < 1 || wanted > MostMinutes ? AccessFault.Invalid($"minutes: 1 to {MostMinutes}.")
        : null;

    private static ChangeRecord RecordOf(string happened, PersonRef by, Grant grant, string? reason) => new()
    {
        Event = happened,
        Issuer = by.Issuer,
        Subject = by.Subject,
        Target = grant.Id,
        Details = [new("expires_at", $"{grant.ExpiresAt:O}")],
        Categories = grant.Categories,
        Reason = reason,
    };

    private static partial class Log
    {
        [LoggerMessage(EventName = "BreakGlassOpened", Level = LogLevel.Critical, Message = "Emergency access was opened by a responder: grant {Grant}, until {Until}. Somebody else must look at it.")]
        public static partial void Opened(ILogger logger, string grant, DateTimeOffset until);
    }
}
