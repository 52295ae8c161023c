using System.Collections.Immutable;
using PolicyGateway.Identity;

namespace PolicyGateway.Policy;

/// <summary>What the policy says of a prompt or of a completion.</summary>
internal enum DecisionAction
{
    /// <summary>Nothing stands against it.</summary>
    Allow,

    /// <summary>Forward, and release nothing before the whole completion has its verdict.</summary>
    Hold,

    /// <summary>A stronger or fresher login would open it, or a token that is bound to a key (401 with a challenge).</summary>
    StepUp,

    /// <summary>The caller lacks a tier or credential (403).</summary>
    Refuse,

    /// <summary>Opens for nobody (403).</summary>
    Prohibit,

    /// <summary>No verdict, and the policy does not hold for that; or for now no count of a quota, or no status of a token (503).</summary>
    Unavailable,
}

/// <summary>How bytes leave, in order of strictness; of two, the stricter wins.</summary>
internal enum ReleaseMode
{
    PassThrough,
    Window,
    HoldAll,
}

/// <summary>How a policy is applied to a tenant.</summary>
internal enum PolicyMode
{
    /// <summary>Decisions are carried out.</summary>
    Enforce,

    /// <summary>Decisions are recorded and change no byte.</summary>
    Shadow,

    /// <summary>Nothing is classified; only for tenants that the policy names.</summary>
    Off,
}

/// <summary>
/// The policy's answer, with the rule that made it. A value: the same caller, verdict and snapshot give the same decision.
/// </summary>
/// <param name="Action">What to do.</param>
/// <param name="Reason">A constant from <see cref="ReasonCode"/>.</param>
/// <param name="Rule">The policy key that decided, for example <c>categories.cyber.prompt.flagged</c>.</param>
/// <param name="Category">The category that decided; null where none did.</param>
/// <param name="Requirement">What would open that category; null where nothing would or nothing is needed.</param>
/// <param name="ReleaseMode">How a completion leaves, when it is forwarded.</param>
/// <param name="Mode">Whether the decision is carried out.</param>
/// <param name="PolicyVersion">Hash of the policy's content.</param>
internal sealed record Decision(
    DecisionAction Action,
    string Reason,
    string Rule,
    string? Category,
    Requirement? Requirement,
    ReleaseMode ReleaseMode,
    PolicyMode Mode,
    string PolicyVersion)
{
    /// <summary>The grant that would open the category if its quota were not used up; null where there is none, or it is open.</summary>
    public UsedUpQuota? UsedUp { get; init; }

    /// <summary>Whether the exchange may not go on; in shadow mode it is still carried on.</summary>
    public bool Refuses => Action is not (DecisionAction.Allow or DecisionAction.Hold);
}

/// <summary>What opens a category: a tier, and where the list is not empty, any one of the credentials.</summary>
/// <param name="Tier">The lowest tier.</param>
/// <param name="AnyOfCredentials">Credentials of which one is needed.</param>
/// <param name="AcrValues">Ways to log in of which one is needed.</param>
/// <param name="MaxAge">The age of a login; null takes any.</param>
/// <param name="SenderConstrained">Whether the token must be bound to a key that its sender proved to hold.</param>
internal sealed record Requirement(
    string Tier, ImmutableArray<string> AnyOfCredentials, ImmutableArray<string> AcrValues, TimeSpan? MaxAge, bool SenderConstrained = false)
{
    /// <summary>How long ago the credential may have been proved; null takes any.</summary>
    public TimeSpan? CredentialMaxAge { get; init; }

    /// <summary>How sure the credential's issuer must be: any one of these words; empty takes any.</summary>
    public ImmutableArray<string> CredentialAssurance { get; init; } = [];
}

/// <summary>Reason codes as they stand in error bodies, records and metrics.</summary>
internal static class ReasonCode
{
    public const string Allowed = "allowed";
    public const string AllowedByClearance = "allowed_by_clearance";
    public const string HeldUncertain = "held_uncertain";
    public const string HeldFlagged = "held_flagged";
    public const string HeldUnclassified = "held_unclassified";
    public const string HeldUnknown = "held_unknown";
    public const string AuthenticationRequired = "authentication_required";
    public const string InvalidToken = AuthenticationFault.InvalidToken;
    public const string InsufficientUserAuthentication = "insufficient_user_authentication";
    public const string BoundTokenRequired = "bound_token_required";
    public const string VerificationRequired = "verification_required";
    public const string CredentialTooOld = "credential_too_old";
    public const string CredentialTooWeak = "credential_too_weak";
    public const string QuotaUsedUp = "quota_used_up";
    public const string GrantsUnavailable = "grants_unavailable";
    public const string TokenNarrowed = "token_narrowed";
    public const string StatusUnavailable = "status_unavailable";
    public const string OutsideKeyScope = "outside_key_scope";
    public const string PersonTokenRequired = "person_token_required";
    public const string ActorNotTrusted = "actor_not_trusted";
    public const string ProjectTokenRequired = "project_token_required";
    public const string ProhibitedContent = "prohibited_content";
    public const string UnclassifiedInput = "unclassified_input";
    public const string ClassificationUnavailable = "classification_unavailable";
    public const string UnreadableText = "unreadable_text";
}
