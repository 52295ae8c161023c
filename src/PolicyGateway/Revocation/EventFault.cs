namespace PolicyGateway.Revocation;

/// <summary>Why a security event token was not taken, in the words of RFC 8935, 2.4. The texts are constant and safe to send.</summary>
/// <param name="Error">The error code.</param>
/// <param name="Description">What to mend.</param>
internal sealed record EventFault(string Error, string Description)
{
    public static readonly EventFault TooLarge = Request("A security event token is at most 65536 bytes.");
    public static readonly EventFault TooSlow = Request("The request took longer than 10 seconds to come.");
    public static readonly EventFault MediaType = Request("Send the token as application/secevent+jwt.");
    public static readonly EventFault Malformed = Request("This is no signed JSON object, or one that names a member twice.");
    public static readonly EventFault Type = Request("The token's 'typ' must be secevent+jwt.");
    public static readonly EventFault CriticalHeader = Request("A critical header parameter is not understood here.");
    public static readonly EventFault Id = Request("The token must have a 'jti' of 1 to 256 characters, the one that it was sent under.");
    public static readonly EventFault IssuedAt = Request("The token must have an 'iat', and none that lies ahead.");
    public static readonly EventFault HasSubject = Request("A security event token has 'sub_id' and no 'sub'.");
    public static readonly EventFault HasExpiry = Request("A security event token has no 'exp'.");
    public static readonly EventFault Events = Request("'events' must be an object of 1 to 16 objects.");
    public static readonly EventFault SubjectFormat = Request("'sub_id' must have the format iss_sub, or opaque for people of the transmitter itself.");
    public static readonly EventFault Issuer = new("invalid_issuer", "The token's 'iss' is no transmitter that this receiver knows.");
    public static readonly EventFault Audience = new("invalid_audience", "The token is meant for somebody else.");
    public static readonly EventFault Key = new("invalid_key", "The token is not signed by a key and with an algorithm that count for its issuer.");
    public static readonly EventFault Unauthenticated = new("authentication_failed", "Whoever sent this may not send for the token's issuer.");
    public static readonly EventFault Foreign = new("access_denied", "This transmitter may not speak of people of that issuer.");

    /// <summary>Nothing is wrong with the token; send it again.</summary>
    public static readonly EventFault Unavailable = new("temporarily_unavailable", "The token could not be checked or kept just now; send it again.") { IsPassing = true };

    /// <summary>Whether the same token may be taken later.</summary>
    public bool IsPassing { get; private init; }

    private static EventFault Request(string description) => new("invalid_request", description);
}
