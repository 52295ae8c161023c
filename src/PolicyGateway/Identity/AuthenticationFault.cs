namespace PolicyGateway.Identity;

/// <summary>Why a request's credential does not count. Error and description are constant texts and safe to send.</summary>
/// <param name="Error">The error code of RFC 6750, 3.1, or of RFC 9449, 7.1.</param>
/// <param name="Description">What the client is told.</param>
/// <param name="Reason">What logs are told: finer, since a client who probes should not learn it.</param>
internal sealed record AuthenticationFault(string Error, string Description, string Reason)
{
    public const string InvalidRequest = "invalid_request";
    public const string InvalidToken = "invalid_token";
    public const string InvalidProof = "invalid_dpop_proof";
    public const string InsufficientScope = "insufficient_scope";
    public const string UseNonce = "use_dpop_nonce";

    /// <summary>No fault of the credential: it could not be judged.</summary>
    public const string Unavailable = "temporarily_unavailable";

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

    public static readonly AuthenticationFault StrayProof =
        new(InvalidRequest, "A DPoP proof goes with an access token in the Authorization header with the scheme DPoP.", "stray_proof");

    public static readonly AuthenticationFault OtherScheme =
        new(InvalidToken, "Only the schemes Bearer and DPoP are accepted.", "other_scheme");

    public static readonly AuthenticationFault EndUserMissing =
        new(InvalidRequest, $"Many use this key: say for whom the request is, by your own id of at most 128 characters, in the header {EndUser.Header}.", "end_user_missing");

    /// <summary>The key counts, and was made for other interfaces.</summary>
    public static AuthenticationFault NotFor(ApiScope scope) => new(
        InsufficientScope, $"The API key is not for this: its scope lacks '{ApiScopes.Word(scope)}'. Its scope stays what it was made with; use, or make, another key.", "key_scope")
    {
        Scope = ApiScopes.Word(scope),
    };

    public static readonly AuthenticationFault Expired =
        new(InvalidToken, "The access token has expired.", "expired");

    public static readonly AuthenticationFault Malformed = Token("malformed");
    public static readonly AuthenticationFault UnknownIssuer = Token("unknown_issuer");
    public static readonly AuthenticationFault Algorithm = Token("algorithm");
    public static readonly AuthenticationFault CriticalHeader = Token("critical_header");
    public static readonly AuthenticationFault TokenType = Token("token_type");
    public static readonly AuthenticationFault UnknownKey = Token("unknown_key");
    public static readonly AuthenticationFault Signature = Token("signature");
    public static readonly AuthenticationFault NotYetValid = Token("not_yet_valid");
    public static readonly AuthenticationFault IssuedAhead = Token("issued_ahead");
    public static readonly AuthenticationFault NoExpiry = Token("no_expiry");
    public static readonly AuthenticationFault Audience = Token("audience");
    public static readonly AuthenticationFault SenderConstrained = Token("sender_constrained");
    public static readonly AuthenticationFault NoSubject = Token("no_subject");
    public static readonly AuthenticationFault UnknownApiKey = Token("unknown_api_key");
    public static readonly AuthenticationFault StatusInvalid = Token("status_invalid");
    public static readonly AuthenticationFault StatusUnknown = Token("status_unknown");
    public static readonly AuthenticationFault StatusUnreadable = Token("status_unreadable");
    public static readonly AuthenticationFault StatusUnlisted = Token("status_unlisted");
    public static readonly AuthenticationFault StatusOutOfRange = Token("status_out_of_range");
    public static readonly AuthenticationFault Other = Token("other");

    public static readonly AuthenticationFault Suspended =
        new(InvalidToken, "The access token is suspended.", "status_suspended");

    public static readonly AuthenticationFault Revoked =
        new(InvalidToken, "What this request came with was revoked at this gateway. Its operator can say more.", "revoked");

    public static readonly AuthenticationFault BoundSentAsBearer =
        new(InvalidToken, "The access token is bound to a key: send it with the scheme DPoP and a proof.", "bound_sent_as_bearer") { AsksForProof = true };

    public static readonly AuthenticationFault UnboundWithProof =
        new(InvalidToken, "The access token is not bound to the key of a DPoP proof.", "unbound_with_proof") { AsksForProof = true };

    public static readonly AuthenticationFault OtherProofKey =
        new(InvalidToken, "The access token is bound to another key than that of the proof.", "other_proof_key") { AsksForProof = true };

    public static readonly AuthenticationFault OtherCertificate =
        new(InvalidToken, "The access token is bound to a client certificate, which this request does not come with.", "other_certificate");

    public static readonly AuthenticationFault NoProof = Proof("A DPoP proof is missing.", "no_proof");
    public static readonly AuthenticationFault TwoProofs = Proof("Send one DPoP proof only.", "two_proofs");
    public static readonly AuthenticationFault ProofTooLarge = Proof("The DPoP proof is longer than 8192 characters.", "proof_too_large");
    public static readonly AuthenticationFault ProofForm = Proof("The DPoP proof cannot be read.", "proof_form");
    public static readonly AuthenticationFault ProofType = Proof("The DPoP proof's typ is not dpop+jwt.", "proof_type");
    public static readonly AuthenticationFault ProofAlgorithm = Proof("The DPoP proof's alg is not accepted.", "proof_algorithm");
    public static readonly AuthenticationFault ProofKey = Proof("The DPoP proof's jwk is no public key for its alg.", "proof_key");
    public static readonly AuthenticationFault ProofClaims = Proof("The DPoP proof lacks jti, htm, htu, iat or ath.", "proof_claims");
    public static readonly AuthenticationFault ProofMethod = Proof("The DPoP proof is for another method.", "proof_method");
    public static readonly AuthenticationFault ProofAddress = Proof("The DPoP proof is for another address: its htu is this gateway's public address, which its protected resource metadata names, with the path of the request.", "proof_address");
    public static readonly AuthenticationFault ProofTime = Proof("The DPoP proof was not made just now.", "proof_time");
    public static readonly AuthenticationFault ProofOfOtherToken = Proof("The DPoP proof is for another access token.", "proof_of_other_token");
    public static readonly AuthenticationFault ProofSignature = Proof("The DPoP proof's signature is not valid.", "proof_signature");
    public static readonly AuthenticationFault ProofReplayed = Proof("The DPoP proof was used before.", "proof_replayed");

    public static readonly AuthenticationFault NonceWanted =
        new(UseNonce, "Make the DPoP proof with the nonce of the DPoP-Nonce header.", "nonce_wanted") { AsksForProof = true };

    public static readonly AuthenticationFault KeysUnavailable =
        new(Unavailable, "The keys of the access token's issuer cannot be fetched, so whether the token is valid cannot be told now. Another login does not help; try again later.", "keys_unavailable");

    public static readonly AuthenticationFault StatusUnavailable =
        new(Unavailable, "The status list of the access token cannot be fetched from its issuer, so whether the token still counts cannot be told now. Another login does not help; try again later.", "status_unavailable");

    public static readonly AuthenticationFault KeyStoreUnavailable =
        new(Unavailable, "The API key cannot be looked up now, so whether it counts cannot be told. Try again later.", "key_store_unavailable");

    public static readonly AuthenticationFault ReplaysUnknown =
        new(Unavailable, "Whether the DPoP proof was used before cannot be told now.", "replays_unknown");

    /// <summary>Whether the challenge is for the scheme DPoP.</summary>
    public bool AsksForProof { get; init; }

    /// <summary>The scope that is missing (RFC 6750, 3); null where none is.</summary>
    public string? Scope { get; init; }

    /// <summary>400 for a request that is wrong in form, 403 for a key that is for something else, 401 for a token that does not count, 503 where that is not known.</summary>
    public int StatusCode => Error switch
    {
        InvalidRequest => StatusCodes.Status400BadRequest,
        InsufficientScope => StatusCodes.Status403Forbidden,
        Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status401Unauthorized,
    };

    private static AuthenticationFault Token(string reason) =>
        new(InvalidToken, "The access token is not valid here.", reason);

    private static AuthenticationFault Proof(string description, string reason) => new(InvalidProof, description, reason) { AsksForProof = true };
}

/// <summary>Carries a fault through ASP.NET Core's authentication result; it is passed, never thrown.</summary>
internal sealed class AuthenticationFaultException(AuthenticationFault fault) : Exception(fault.Description)
{
    public AuthenticationFault Fault { get; } = fault;
}
