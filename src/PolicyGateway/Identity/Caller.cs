using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PolicyGateway.Identity.Evidence;

namespace PolicyGateway.Identity;

/// <summary>Who is asking: made once per request from verified evidence, never from the prompt or a client header.</summary>
/// <param name="Issuer">The token's issuer; null for an anonymous caller.</param>
/// <param name="Subject">The token's subject; a person is (<paramref name="Issuer"/>, <paramref name="Subject"/>).</param>
/// <param name="Organisation">The organisation that the issuer asserts, if any.</param>
/// <param name="Tenant">The tenant, from the issuer's configured claim path only.</param>
/// <param name="Tier">How thoroughly the caller was verified.</param>
/// <param name="Credentials">Domain-bound proofs that this issuer may assert.</param>
/// <param name="Acr">Authentication context class of the login (<c>acr</c>).</param>
/// <param name="AuthTime">When the caller last logged in (<c>auth_time</c>).</param>
/// <param name="IssuedAt">When the token was issued (<c>iat</c>); null where it does not say.</param>
internal sealed record Caller(
    string? Issuer,
    string? Subject,
    string? Organisation,
    string? Tenant,
    Tier Tier,
    ImmutableArray<Credential> Credentials,
    string? Acr = null,
    DateTimeOffset? AuthTime = null,
    DateTimeOffset? IssuedAt = null)
{
    /// <summary>What the methods of the login (<c>amr</c>) count as, beside <see cref="Acr"/>.</summary>
    public ImmutableArray<string> AcrsOfMethods { get; init; } = [];

    /// <summary>Who acts for the caller (<c>act</c>), outermost first; of the same issuer.</summary>
    public ImmutableArray<string> Actors { get; init; } = [];

    /// <summary>Whether somebody acts for the caller whom nobody trusts with it: such a caller has no grants either.</summary>
    public bool IsDelegated { get; init; }

    /// <summary>Whether what the caller came with was revoked since: nothing is released to such a caller any more.</summary>
    public bool IsRevoked { get; init; }

    /// <summary>The API key that the caller came with; null for a token.</summary>
    public string? KeyId { get; init; }

    /// <summary>What the key that the caller came with is for; null where nothing narrows it.</summary>
    public ImmutableArray<ApiScope>? Scopes { get; init; }

    /// <summary>The only models that the key that the caller came with may ask, by their own names; null means all.</summary>
    public ImmutableArray<string>? Models { get; init; }

    /// <summary>Whether many use the key that the caller came with, so that each request must say for whom it is.</summary>
    public bool IsShared { get; init; }

    /// <summary>For whom it is, by the client's own id; its claim, which opens nothing.</summary>
    public string? EndUser { get; init; }

    /// <summary>What the caller may do to the gateway itself; opens no category.</summary>
    public ImmutableArray<Role> Roles { get; init; } = [];

    /// <summary>What somebody decided to open to the caller, or to the caller's organisation, for the model that is asked for.</summary>
    public ImmutableArray<CallerGrant> Grants { get; init; } = [];

    /// <summary>Whether they could not be read, so that there are none for now.</summary>
    public bool AreGrantsUnread { get; init; }

    /// <summary>What the token or the key leaves of all that; null where it leaves everything.</summary>
    public Narrowing? Narrowing { get; init; }

    /// <summary>How the token is bound to its sender, who proved it for this request.</summary>
    public TokenBinding Binding { get; init; }

    /// <summary>Where the issuer says whether the token still counts; null where the token names no such place.</summary>
    public StatusReference? Status { get; init; }

    /// <summary>Whether the issuer could not be asked for longer than gated categories take: they are closed until it can.</summary>
    public bool IsStatusOld { get; init; }

    public bool IsAnonymous => Subject is null;

    public static Caller Anonymous(TierLadder ladder) => new(null, null, null, null, ladder.Lowest, []);

    /// <summary>What is left of a caller whose token or key was revoked.</summary>
    public Caller Revoked(TierLadder ladder) =>
        this with { Tier = ladder.Lowest, Credentials = [], Acr = null, AcrsOfMethods = [], AuthTime = null, Grants = [], Roles = [], IsRevoked = true };

    /// <summary>Whether what the caller came with is for an interface.</summary>
    public bool IsFor(ApiScope scope) => Scopes is not { } scopes || scopes.Contains(scope);

    /// <summary>Whether what the caller came with is for a model, by its own name; its tier may still not be.</summary>
    public bool IsFor(string model) => Models is not { } models || models.Contains(model, StringComparer.Ordinal);

    /// <summary>Whether the login was of one of the wanted classes, by the token's own word or by its methods.</summary>
    public bool HasLoggedInBy(ImmutableArray<string> acrValues) =>
        (Acr is { } acr && acrValues.Contains(acr, StringComparer.Ordinal)) || AcrsOfMethods.Any(known => acrValues.Contains(known, StringComparer.Ordinal));

    /// <summary>Whether the caller may what one of the roles may; an administrator may all of it.</summary>
    public bool Has(IReadOnlyList<Role> roles)
    {
        foreach (var role in Roles)
        {
            if (role == Role.Administrator || roles.Contains(role))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The grant that opens a category at <paramref name="now"/>; null where none does.</summary>
    public CallerGrant? GrantFor(string category, DateTimeOffset now)
    {
        foreach (var grant in Grants)
        {
            if (grant.Opens(category, now))
            {
                return grant;
            }
        }

        return null;
    }

    /// <summary>Whether a grant might open a category at <paramref name="now"/>, if what is used of its quota could be told.</summary>
    public bool IsUncountedFor(string category, DateTimeOffset now) => Grants.Any(grant => grant.IsUncounted && grant.Covers(category, now));

    /// <summary>Whether a grant would open a category at <paramref name="now"/> to a token of its project.</summary>
    public bool HasOfOtherProject(string category, DateTimeOffset now) => Grants.Any(grant => grant.IsOfOtherProject && grant.Covers(category, now));

    /// <summary>The same with those grants only that count for a model; the very same where all do.</summary>
    public Caller ForModel(string model) => Grants.All(grant => grant.CountsFor(model)) ? this : this with { Grants = Grants.RemoveAll(grant => !grant.CountsFor(model)) };

    /// <summary>The grant that would open a category at <paramref name="now"/> if its quota were not used up, and of several the one that opens first.</summary>
    public UsedUpQuota? UsedUpFor(string category, DateTimeOffset now)
    {
        UsedUpQuota? first = null;
        foreach (var grant in Grants)
        {
            if (grant.Covers(category, now) && grant.UsedUpAt(now) is { } usedUp && (first is null || usedUp.OpensAgainAt < (first.OpensAgainAt ?? DateTimeOffset.MaxValue)))
            {
                first = usedUp;
            }
        }

        return first;
    }
}

/// <summary>A decision that opens categories, as far as it counts for one request.</summary>
/// <param name="Id">The grant's id, which records name.</param>
/// <param name="Categories">The categories, and what is nested in them.</param>
/// <param name="NotBefore">When it begins.</param>
/// <param name="ExpiresAt">When it ends.</param>
internal sealed record CallerGrant(string Id, ImmutableArray<string> Categories, DateTimeOffset NotBefore, DateTimeOffset ExpiresAt)
{
    /// <summary>The organisation's grant that it was passed on from, and falls with; null for one of its own.</summary>
    public string? Within { get; init; }

    /// <summary>The only models that it counts for; empty means all.</summary>
    public ImmutableArray<string> Models { get; init; } = [];

    /// <summary>The key of the person who holds it, who may be another subject of the caller's; null for an organisation's.</summary>
    [JsonIgnore]
    public string? Holder { get; init; }

    /// <summary>What is used of its quota, and of that of the grant that it is part of; empty where neither has one.</summary>
    public ImmutableArray<QuotaUse> Quotas { get; init; } = [];

    /// <summary>Whether what is used of its quotas cannot be told now; it opens nothing then.</summary>
    [JsonIgnore]
    public bool IsUncounted { get; init; }

    /// <summary>Whether it counts for tokens of its project only, which the caller's is none of; it opens nothing then.</summary>
    [JsonIgnore]
    public bool IsOfOtherProject { get; init; }

    public bool CountsFor(string model) => Models.IsDefaultOrEmpty || Models.Contains(model, StringComparer.Ordinal);

    /// <summary>Whether it opens the category, or one that this is nested in, at <paramref name="now"/>.</summary>
    public bool Opens(string category, DateTimeOffset now) => !IsUncounted && !IsOfOtherProject && Covers(category, now) && (Quotas.IsEmpty || UsedUpAt(now) is null);

    /// <summary>What of its quotas is used up, and of two the one that opens last; null where it opens.</summary>
    public UsedUpQuota? UsedUpAt(DateTimeOffset now)
    {
        QuotaUse? last = null;
        foreach (var quota in Quotas)
        {
            if (quota.IsUsedUp(now) && !(quota.Until <= last?.Until))
            {
                last = quota;
            }
        }

        return last is null ? null : new UsedUpQuota(last.Grant, last.Until < ExpiresAt ? last.Until : null);
    }

    /// <summary>Whether it is for the category, or one that this is nested in, at <paramref name="now"/>, whatever is left of its quota.</summary>
    public bool Covers(string category, DateTimeOffset now)
    {
        if (now < NotBefore || now >= ExpiresAt)
        {
            return false;
        }

        foreach (var granted in Categories)
        {
            if (category.StartsWith(granted, StringComparison.Ordinal) && (category.Length == granted.Length || category[granted.Length] == '.'))
            {
                return true;
            }
        }

        return false;
    }
}
