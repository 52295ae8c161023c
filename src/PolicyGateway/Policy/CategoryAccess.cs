using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>Whether a category is open to a caller, and else what is missing.</summary>
internal enum Access
{
    Open,

    /// <summary>A stronger or fresher login would open it.</summary>
    NeedsLogin,

    /// <summary>The same token, bound to a key of its sender, would open it.</summary>
    NeedsBoundToken,

    /// <summary>A tier or a credential is missing.</summary>
    NeedsVerification,

    /// <summary>A credential is there, and was proved too long ago or does not say when. No login makes it younger.</summary>
    NeedsRenewal,

    /// <summary>A credential is there, and its issuer is not sure enough of it.</summary>
    NeedsAssurance,

    /// <summary>A grant is there, and its quota is used up for now.</summary>
    QuotaUsedUp,

    /// <summary>Whether there is a grant, or what is used of its quota, cannot be told now.</summary>
    GrantsUnknown,

    /// <summary>The caller has what it takes, and the token was made for other categories.</summary>
    NeedsOtherToken,

    /// <summary>The caller has what it takes, and whether the token still counts could not be asked of its issuer for too long.</summary>
    NeedsStatus,

    /// <summary>The API key was made for other categories, whatever its holder has.</summary>
    NeedsOtherKey,

    /// <summary>How strong or fresh the login was counts, or what the token is bound to, and an API key has neither: it opens to a person's own token only.</summary>
    NeedsPersonToken,

    /// <summary>Somebody acts for the caller who is not trusted with what the caller has, so that nothing of it counts.</summary>
    NeedsTrustedActor,

    /// <summary>A grant is there, and counts for tokens of its project only.</summary>
    NeedsProjectToken,

    /// <summary>It opens for nobody.</summary>
    Closed,
}

/// <summary>Holds what a caller has against what a category requires. Pure.</summary>
internal static class CategoryAccess
{
    // A login may seem to lie in the future by this much: two clocks.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <summary>How near the best of a caller's credentials comes to what is required, nearest last.</summary>
    private enum Proof
    {
        None,
        TooWeak,
        TooOld,
        Enough,
    }

    public static Access Of(PolicyCategory category, Caller caller, DateTimeOffset now)
    {
        if (category.IsClosed || category.Requires.Value is not { } required)
        {
            return Access.Closed;
        }

        // Before what the holder lacks: a key was made without this on purpose, so that nobody is to get verified for it.
        var isLeft = caller.Narrowing is not { } narrowing || narrowing.Leaves(category.Id);
        if (!isLeft && caller.KeyId is not null)
        {
            return Access.NeedsOtherKey;
        }

        // No login makes a key stronger, fresher or bound, so its bearer is sent to none.
        if (caller.KeyId is not null && (!required.AcrValues.IsEmpty || required.MaxAge is not null || required.SenderConstrained))
        {
            return Access.NeedsPersonToken;
        }

        // A grant stands for tier and credential, which others have looked at; how strong a login is, and whether a thief could
        // send the token, only the login and the token say.
        if (Missing(category, required, caller, now) is { } missing && caller.GrantFor(category.Id, now) is null)
        {
            return caller.IsDelegated ? Access.NeedsTrustedActor
                : caller.AreGrantsUnread || caller.IsUncountedFor(category.Id, now) ? Access.GrantsUnknown
                : caller.UsedUpFor(category.Id, now) is not null ? Access.QuotaUsedUp
                : caller.HasOfOtherProject(category.Id, now) ? Access.NeedsProjectToken
                : missing;
        }

        if (!isLeft)
        {
            return Access.NeedsOtherToken;
        }

        var strong = required.AcrValues.IsEmpty || caller.HasLoggedInBy(required.AcrValues);
        if (!strong || !IsFresh(required, caller, now))
        {
            return Access.NeedsLogin;
        }

        return required.SenderConstrained && caller.Binding == TokenBinding.None ? Access.NeedsBoundToken
            : caller.IsStatusOld ? Access.NeedsStatus
            : Access.Open;
    }

    /// <summary>What would open a category: of credentials that only need renewing, those that the caller holds.</summary>
    public static Requirement? Wanted(PolicyCategory category, Access access, Caller caller, DateTimeOffset now) =>
        access == Access.NeedsRenewal && category.Requires.Value is { } required
            ? required with { AnyOfCredentials = [.. required.AnyOfCredentials.Where(name => ProofOf(name, required, caller, now) == Proof.TooOld)] }
            : category.Requires.Value;

    /// <summary>What of tier and credential is missing; null where nothing is.</summary>
    private static Access? Missing(PolicyCategory category, Requirement required, Caller caller, DateTimeOffset now)
    {
        if (!caller.Tier.AtLeast(category.RequiredTier))
        {
            return Access.NeedsVerification;
        }

        var best = required.AnyOfCredentials.IsEmpty ? Proof.Enough : Proof.None;
        foreach (var name in required.AnyOfCredentials)
        {
            var proof = ProofOf(name, required, caller, now);
            best = proof > best ? proof : best;
        }

        return best switch
        {
            Proof.Enough => null,
            Proof.TooOld => Access.NeedsRenewal,
            Proof.TooWeak => Access.NeedsAssurance,
            _ => Access.NeedsVerification,
        };
    }

    private static Proof ProofOf(string name, Requirement required, Caller caller, DateTimeOffset now)
    {
        var best = Proof.None;
        if (caller.Credentials.IsDefaultOrEmpty)
        {
            return best;
        }

        foreach (var held in caller.Credentials)
        {
            if (string.Equals(held.Name, name, StringComparison.Ordinal) && held.IsInForce(now))
            {
                var proof = ProofOf(held, required, now);
                best = proof > best ? proof : best;
            }
        }

        return best;
    }

    /// <summary>A credential that does not say when or how surely it was proved meets no rule that asks.</summary>
    private static Proof ProofOf(Credential held, Requirement required, DateTimeOffset now) =>
        !required.CredentialAssurance.IsEmpty && (held.Assurance is not { } word || !required.CredentialAssurance.Contains(word, StringComparer.Ordinal)) ? Proof.TooWeak
        : required.CredentialMaxAge is { } most && !(now - held.ProvedAt <= most) ? Proof.TooOld
        : Proof.Enough;

    private static bool IsFresh(Requirement required, Caller caller, DateTimeOffset now) =>
        required.MaxAge is not { } most
        || (caller.AuthTime is { } login && now - login <= most && login - now <= ClockSkew);
}
