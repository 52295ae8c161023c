using System.Collections.Immutable;
using PolicyGateway.Identity;
using PolicyGateway.Identity.Evidence;
using PolicyGateway.Policy;

namespace PolicyGateway.Access;

/// <summary>Who somebody is here, what is open to him, and why the rest is not.</summary>
internal sealed class Standing(GrantBook grants, IPolicySource policy, TimeProvider time)
{
    public async Task<StandingView> OfAsync(Caller caller, CancellationToken cancellationToken)
    {
        var (snapshot, now) = (policy.Current, time.GetUtcNow());
        var inForce = await grants.InForceAsync(caller, cancellationToken);
        caller = caller with { Grants = await grants.ForAsync(caller, null, cancellationToken) };
        var counting = inForce.ToLookup(grant => caller.Grants.Any(counted => counted.Id == grant.Id), grant => StandingGrant.Of(grant, caller));
        var clearance = PolicyTable.ClearanceOf(snapshot, caller, now);
        return new StandingView(
            caller.Issuer,
            caller.Subject,
            caller.Organisation,
            caller.Tenant,
            caller.Tier.Name,
            caller.Credentials,
            caller.Acr,
            caller.AcrsOfMethods,
            caller.AuthTime,
            caller.Binding,
            caller.Narrowing,
            caller.Roles,
            [.. counting[true]],
            [.. counting[false]],
            snapshot.Version,
            [.. snapshot.Categories.Select(category => Of(category, caller, clearance.Opens(category.Id), now))]);
    }

    private static CategoryView Of(PolicyCategory category, Caller caller, bool isOpen, DateTimeOffset now)
    {
        var required = category.IsClosed ? null : category.Requires.Value;
        return new CategoryView(
            category.Id,
            category.Title,
            isOpen,
            caller.GrantFor(category.Id, now)?.Id,
            category.IsClosed ? "never" : "on_verification",
            required?.Tier,
            required?.AnyOfCredentials ?? [],
            required?.AcrValues ?? [],
            (long?)required?.MaxAge?.TotalSeconds,
            required?.SenderConstrained ?? false,
            (long?)required?.CredentialMaxAge?.TotalSeconds,
            required?.CredentialAssurance ?? [],
            category.HowLong,
            isOpen ? null : caller.UsedUpFor(category.Id, now),
            CategoryAccess.Of(category, caller, now) == Policy.Access.NeedsStatus);
    }
}

/// <summary>
/// What <c>GET /v1/access/me</c> answers. The grants are those that count for the token; beside them stand those that count for
/// tokens of their project only.
/// </summary>
internal sealed record StandingView(
    string? Issuer,
    string? Subject,
    string? Organisation,
    string? Tenant,
    string Tier,
    ImmutableArray<Credential> Credentials,
    string? Acr,
    ImmutableArray<string> AcrsOfMethods,
    DateTimeOffset? AuthTime,
    TokenBinding TokenBinding,
    Narrowing? Narrowing,
    ImmutableArray<Role> Roles,
    ImmutableArray<StandingGrant> Grants,
    ImmutableArray<StandingGrant> GrantsForProjects,
    string PolicyVersion,
    ImmutableArray<CategoryView> Categories);

/// <summary>A grant that is in force, as whoever it counts for sees it: not who gave it.</summary>
internal sealed record StandingGrant(
    string Id,
    ImmutableArray<string> Categories,
    ImmutableArray<string> Models,
    string? Project,
    bool BindProject,
    DateTimeOffset NotBefore,
    DateTimeOffset ExpiresAt)
{
    /// <summary>The organisation that holds it, or passed it on; null for one of the person's own.</summary>
    public string? Organisation { get; init; }

    /// <summary>The organisation's grant that it was passed on from, and falls with.</summary>
    public string? Within { get; init; }

    /// <summary>Whether the person gave it to himself in an emergency.</summary>
    public bool IsEmergency { get; init; }

    /// <summary>Its own quota, and that of the organisation's grant that it is part of: how far they are used.</summary>
    public ImmutableArray<QuotaUse> Quotas { get; init; } = [];

    public static StandingGrant Of(Grant grant, Caller caller) => new(
        grant.Id, grant.Categories, grant.Models, grant.Project, grant.BindProject, grant.NotBefore, grant.ExpiresAt)
    {
        Organisation = grant.Organisation?.Name ?? (grant.Within is null ? null : caller.Organisation),
        Within = grant.Within,
        IsEmergency = grant.IsEmergency,
        Quotas = caller.Grants.FirstOrDefault(counted => counted.Id == grant.Id)?.Quotas ?? [],
    };
}

/// <summary>One category as it stands for one person.</summary>
internal sealed record CategoryView(
    string Category,
    string Title,
    bool Open,
    string? Grant,
    string Opens,
    string? RequiredTier,
    ImmutableArray<string> RequiredCredentials,
    ImmutableArray<string> AcrValues,
    long? MaxAge,
    bool SenderConstrained,
    long? CredentialMaxAge,
    ImmutableArray<string> CredentialAssurance,
    string? HowLong,
    UsedUpQuota? QuotaUsedUp,
    bool StatusUnavailable);
