namespace PolicyGateway.Identity;

/// <summary>Why a request's credential does not count. Error and description are constant texts and safe to send.</summary>
/// <param name="Error">The error code of RFC 6750, 3.1.</param>
/// <param name="Description">What the client is told.</param>
/// <param name="Reason">What logs are told: finer, since a client who probes should not learn it.</param>
internal sealed record AuthenticationFault(string Error, string Description, string Reason)
{
    public const string InvalidRequest = "invalid_request";
    public const string InvalidToken = "invalid_token";

    public static readonly AuthenticationFault TwoCredentials =
        new(InvalidRequest, "Send one credential only.", "two_credentials");

    public static readonly AuthenticationFault MisplacedCredential =
        new(InvalidRequest, "Send the access token in the Authorization header with the scheme Bearer.", "misplaced_credential");

    public static readonly AuthenticationFault MalformedHeader =
        new(InvalidRequest, "The Authorization header is not of the form: Bearer TOKEN.", "malformed_header");

    public static readonly AuthenticationFault MalformedKey =
        new(InvalidRequest, "The header of this protocol's clients must hold the access token and nothing else.", "malformed_header");

    public static readonly AuthenticationFault TooLarge =
        new(InvalidRequest, "The access token is longer than 16384 characters.", "too_large");

    public static readonly AuthenticationFault OtherScheme =
        new(InvalidToken, "Only the scheme Bearer is accepted.", "other_scheme");

    public static readonly AuthenticationFault Expired =
        new(InvalidToken, "The access token has expired.", "expired");

    public static readonly AuthenticationFault Malformed = Token("malformed");
    public static readonly AuthenticationFault UnknownIssuer = Token("unknown_issuer");
    public static readonly AuthenticationFault Algorithm = Token("algorithm");
    public static readonly AuthenticationFault CriticalHeader = Token("critical_header");
    public static readonly AuthenticationFault TokenType = Token("token_type");
    public static readonly AuthenticationFault KeysUnavailable = Token("keys_unavailable");
    public static readonly AuthenticationFault UnknownKey = Token("unknown_key");
    public static readonly AuthenticationFault Signature = Token("signature");
    public static readonly AuthenticationFault NotYetValid = Token("not_yet_valid");
    public static readonly AuthenticationFault NoExpiry = Token("no_expiry");
    public static readonly AuthenticationFault Audience = Token("audience");
    public static readonly AuthenticationFault SenderConstrained = Token("sender_constrained");
    public static readonly AuthenticationFault NoSubject = Token("no_subject");
    public static readonly AuthenticationFault UnknownApiKey = Token("unknown_api_key");
    public static readonly AuthenticationFault Revoked = Token("revoked");
    public static readonly AuthenticationFault Other = Token("other");

    /// <summary>400 for a request that is wrong in form, 401 for a token that does not count.</summary>
    public int StatusCode => Error == InvalidRequest ? StatusCodes.Status400BadRequest : StatusCodes.Status401Unauthorized;

    private static AuthenticationFault Token(string reason) =>
        new(InvalidToken, "The access token is not valid here.", reason);
}

/// <summary>Carries a fault through ASP.NET Core's authentication result; it is passed, never thrown.</summary>
internal sealed class AuthenticationFaultException(AuthenticationFault fault) : Exception(fault.Description)
{
    public AuthenticationFault Fault { get; } = fault;
}
