using PolicyGateway.Dialects;
using PolicyGateway.Identity;
using PolicyGateway.Policy;
using PolicyGateway.Portal;

namespace PolicyGateway.Inference;

/// <summary>What a caller is told, per reason: constant sentences, what is missing, and where to get it.</summary>
internal sealed class Refusals(PortalLinks links, BearerChallenge challenge)
{
    /// <summary>The error of a decision that refuses.</summary>
    public GatewayError For(Decision decision) => decision.Reason switch
    {
        ReasonCode.AuthenticationRequired => AuthenticationRequired(),
        ReasonCode.InvalidToken => For(AuthenticationFault.Revoked),
        ReasonCode.InsufficientUserAuthentication => new GatewayError(
            StatusCodes.Status401Unauthorized, "authentication_error", decision.Reason,
            "This category needs a stronger or fresher login.")
        {
            Challenge = challenge.StepUp(decision.Requirement!.AcrValues, decision.Requirement.MaxAge, decision.Requirement.SenderConstrained),
            Category = decision.Category,
        },
        ReasonCode.BoundTokenRequired => new GatewayError(
            StatusCodes.Status401Unauthorized, "authentication_error", decision.Reason,
            "This category opens to an access token that is bound to a key of its sender, by DPoP or mutual TLS.")
        {
            Challenge = challenge.BoundToken(),
            Category = decision.Category,
        },
        ReasonCode.VerificationRequired => Credential(decision,
            "This content is released to verified professionals only. The members of this error say what opens it."),
        ReasonCode.CredentialTooOld => Credential(decision,
            "The credential that opens this category was proved too long ago, or does not say when. Renew it with its issuer; another login does not help."),
        ReasonCode.CredentialTooWeak => Credential(decision,
            "The credential that opens this category does not have the assurance that is asked for. Have it proved anew with its issuer."),
        ReasonCode.QuotaUsedUp => Credential(decision,
            "The quota of the grant that opens this category to you is used up. The members of this error say which grant it is, and when it opens again.") with
        {
            Grant = decision.UsedUp?.Grant,
            OpensAgainAt = decision.UsedUp?.OpensAgainAt,
        },
        ReasonCode.TokenNarrowed => Closed(decision,
            "The access token was narrowed to other categories. Get one whose authorization_details name this category, or one without any."),
        ReasonCode.StatusUnavailable => new GatewayError(
            StatusCodes.Status503ServiceUnavailable, "server_error", decision.Reason,
            "Whether the access token still counts could not be asked of its issuer, so this category stays closed for now. Try again later.")
        {
            Category = decision.Category,
            IsFinal = true,
        },
        ReasonCode.OutsideKeyScope => Closed(decision,
            "The scope of this API key leaves out this category. Use, or make, a key whose categories hold it; an organisation's keys are made by an administrator."),
        ReasonCode.PersonTokenRequired => Closed(decision,
            "This category opens to no API key: it asks for a login of some strength or age, or for a token that is bound to its sender. Ask with a person's own access token that has it."),
        ReasonCode.ActorNotTrusted => Closed(decision,
            "The access token was made for somebody who acts for its subject (act) and is not trusted with it here, so nothing that the subject has counts. Ask with the person's own token, or have the operator trust the actor."),
        ReasonCode.ProjectTokenRequired => Closed(decision,
            "The grant that opens this category counts for tokens of its project only, and this one is of none, or of another. Get an access token whose authorization_details name the project; GET /v1/access/me says which."),
        ReasonCode.ProhibitedContent => new GatewayError(
            StatusCodes.Status403Forbidden, "permission_error", decision.Reason,
            "This content is released to nobody.")
        {
            Category = decision.Category,
            AppealUri = links.Appeal(null),
        },
        ReasonCode.UnclassifiedInput => new GatewayError(
            StatusCodes.Status403Forbidden, "permission_error", decision.Reason,
            "The request holds images, audio or files, which cannot be classified and are not accepted here."),
        ReasonCode.UnreadableText => Unreadable(),
        ReasonCode.GrantsUnavailable => GrantsUnavailable(),
        _ => Unavailable(),
    };

    /// <summary>That a category is closed, and why; what would open it stands in the message alone.</summary>
    private static GatewayError Closed(Decision decision, string message) => new(
        StatusCodes.Status403Forbidden, "permission_error", decision.Reason, message)
    {
        Category = decision.Category,
    };

    private GatewayError Credential(Decision decision, string message) => Closed(decision, message) with
    {
        RequiredTier = decision.Requirement?.Tier,
        RequiredCredentials = decision.Requirement?.AnyOfCredentials ?? [],
        VerificationUri = links.Verification(decision.Category),
        AppealUri = links.Appeal(null),
    };

    /// <summary>Nobody will be able to read it later, either, so this is the request's fault and not the gateway's.</summary>
    public static GatewayError Unreadable() => new(
        StatusCodes.Status403Forbidden, "permission_error", ReasonCode.UnreadableText,
        "There is text in it that is in no language, script or encoding which can be read here, so it cannot be judged and was not released.");

    /// <summary>A credential that does not count is never taken for none.</summary>
    public GatewayError For(AuthenticationFault fault) => fault.StatusCode == StatusCodes.Status503ServiceUnavailable
        ? new(fault.StatusCode, "server_error", fault.Error, fault.Description) { IsFinal = true }
        : new(fault.StatusCode, fault.StatusCode == StatusCodes.Status403Forbidden ? "permission_error" : "authentication_error", fault.Error, fault.Description) { Challenge = challenge.For(fault) };

    public GatewayError AuthenticationRequired() => new(
        StatusCodes.Status401Unauthorized, "authentication_error", ReasonCode.AuthenticationRequired,
        "An access token is required: send it as 'Authorization: Bearer'.")
    {
        Challenge = challenge.For(null),
    };

    /// <summary>No verdict is no refusal: 503, and final, because SDKs would retry at once.</summary>
    public static GatewayError Unavailable() => new(
        StatusCodes.Status503ServiceUnavailable, "server_error", ReasonCode.ClassificationUnavailable,
        "The content could not be classified, so nothing was released.")
    {
        IsFinal = true,
    };

    public static GatewayError AuditUnavailable() => new(
        StatusCodes.Status503ServiceUnavailable, "server_error", "audit_unavailable",
        "The release could not be recorded, so nothing was released.")
    {
        IsFinal = true,
    };

    /// <summary>Neither is what cannot be read or counted a refusal; final for SDKs, which would ask the model again for what is not released.</summary>
    public static GatewayError GrantsUnavailable() => new(
        StatusCodes.Status503ServiceUnavailable, "server_error", ReasonCode.GrantsUnavailable,
        "Your grants, or what is used of the quota of one, could not be read for now, so nothing was released that needs one. Try again later.")
    {
        IsFinal = true,
        RetryAfter = 10,
    };

    public static GatewayError Overloaded() => new(
        StatusCodes.Status503ServiceUnavailable, "server_error", "overloaded", "The gateway is at its limit of concurrent requests.")
    {
        RetryAfter = 1,
    };

    /// <summary>This gateway stops; another, or the next, answers.</summary>
    public static GatewayError Draining() => new(
        StatusCodes.Status503ServiceUnavailable, "server_error", "draining", "This gateway is stopping and takes no new requests.")
    {
        RetryAfter = 1,
        IsForRetry = true,
    };

    /// <summary>Asking the classifier itself needs a tier, whatever the text is.</summary>
    public GatewayError TierRequired(Tier tier) => new(
        StatusCodes.Status403Forbidden, "permission_error", ReasonCode.VerificationRequired, "This endpoint is open to verified callers only.")
    {
        RequiredTier = tier.Name,
        VerificationUri = links.Verification(null),
    };

    /// <summary>SDKs wait for less than a minute where they are told to.</summary>
    public static GatewayError TooMany(int seconds) => new(
        StatusCodes.Status429TooManyRequests, "rate_limit_error", "rate_limit_exceeded", "You asked about more texts than you may in a minute.")
    {
        RetryAfter = seconds,
        IsForRetry = seconds < 60,
        IsFinal = seconds >= 60,
    };

    public static GatewayError UnknownModel() => new(
        StatusCodes.Status404NotFound, "invalid_request_error", "model_not_found",
        "The model does not exist or is not open to you: GET /v1/models lists those that are.", "model");
}
