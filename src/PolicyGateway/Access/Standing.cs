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
        caller = caller with { Grants = await grants.ForAsync(caller, null, cancellationToken) };
        var clearance = PolicyTable.ClearanceOf(snapshot, caller, now);
        return new StandingView(
            caller.Issuer,
            caller.Subject,
            caller.Organisation,
            caller.Tenant,
            caller.Tier.Name,
            caller.Credentials,
            caller.Acr,
            caller.AuthTime,
            caller.Binding,
            caller.Narrowing,
            caller.Roles,
            caller.Grants,
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
            isOpen ? null : caller.UsedUpFor(category.Id, now));
    }
}

/// <summary>What <c>GET /v1/access/me</c> answers.</summary>
internal sealed record StandingView(
    string? Issuer,
    string? Subject,
    string? Organisation,
    string? Tenant,
    string Tier,
    ImmutableArray<Credential> Credentials,
    string? Acr,
    DateTimeOffset? AuthTime,
    TokenBinding TokenBinding,
    Narrowing? Narrowing,
    ImmutableArray<Role> Roles,
    ImmutableArray<CallerGrant> Grants,
    string PolicyVersion,
    ImmutableArray<CategoryView> Categories);

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
    UsedUpQuota? QuotaUsedUp);
