using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Identity;

/// <summary>The credential of a request by form alone: none, one access token, or a fault.</summary>
/// <param name="Text">The token.</param>
/// <param name="Proof">The DPoP proof that was sent with it; null where the token was sent as a bearer token.</param>
/// <param name="Fault">What stands against the form.</param>
internal readonly record struct AccessToken(string? Text, string? Proof, AuthenticationFault? Fault)
{
    /// <summary>Longer ones are refused before anything looks inside.</summary>
    public const int MaximumLength = 16 * 1024;

    private const string Bearer = "Bearer";
    private const string Dpop = "DPoP";

    private static readonly string[] OtherHeaders = ["x-api-key", "api-key", "x-goog-api-key", "x-auth-token", "Proxy-Authorization"];
    private static readonly string[] QueryParameters = ["access_token", "key", "api_key", "api-key"];

    /// <summary>Reads the one credential.</summary>
    /// <param name="request">The request.</param>
    /// <param name="header">A header that may hold the bare token in place of <c>Authorization</c>, which always may.</param>
    public static AccessToken Read(HttpRequest request, string header)
    {
        var authorization = request.Headers.Authorization;
        var bare = header == HeaderNames.Authorization ? StringValues.Empty : request.Headers[header];
        var elsewhere = IsElsewhere(request, header);
        return (authorization.Count + bare.Count) switch
        {
            // A credential that was sent but cannot be judged must not pass for none.
            0 => elsewhere ? Refused(AuthenticationFault.MisplacedCredential) : Unproven(null, request),
            1 when !elsewhere => authorization.Count == 1 ? Parse(authorization[0] ?? "", request) : ParseBare(bare[0] ?? "", request),
            _ => Refused(AuthenticationFault.TwoCredentials),
        };
    }

    private static AccessToken ParseBare(string token, HttpRequest request) =>
        token.Length > MaximumLength ? Refused(AuthenticationFault.TooLarge)
        : token.Length == 0 || token.AsSpan().ContainsAny(" \t,") ? Refused(AuthenticationFault.MalformedKey)
        : Unproven(token, request);

    private static AccessToken Parse(string header, HttpRequest request)
    {
        if (header.Length > MaximumLength + Bearer.Length + 1)
        {
            return Refused(AuthenticationFault.TooLarge);
        }

        var space = header.IndexOf(' ', StringComparison.Ordinal);
        var scheme = space < 0 ? header : header.AsSpan(0, space);
        var isProven = scheme.Equals(Dpop, StringComparison.OrdinalIgnoreCase);
        if (!isProven && !scheme.Equals(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return Refused(scheme.Length == 0 ? AuthenticationFault.MalformedHeader : AuthenticationFault.OtherScheme);
        }

        var token = space < 0 ? "" : header.AsSpan(space).Trim(' ');
        return token.Length == 0 || token.ContainsAny(" \t,") ? Refused(AuthenticationFault.MalformedHeader)
            : isProven ? Proven(token.ToString(), request)
            : Unproven(token.ToString(), request);
    }

    /// <summary>RFC 9449, 4.3: there is not more than one proof.</summary>
    private static AccessToken Proven(string token, HttpRequest request) => request.Headers[Dpop] switch
    {
        [] => Refused(AuthenticationFault.NoProof),
        [{ Length: > DpopProof.MaximumLength }] => Refused(AuthenticationFault.ProofTooLarge),
        [{ } proof] => new AccessToken(token, proof, null),
        _ => Refused(AuthenticationFault.TwoProofs),
    };

    /// <summary>A proof that nobody looks at would let its sender believe that it was.</summary>
    private static AccessToken Unproven(string? token, HttpRequest request) =>
        request.Headers.ContainsKey(Dpop) ? Refused(AuthenticationFault.StrayProof) : new AccessToken(token, null, null);

    private static bool IsElsewhere(HttpRequest request, string header)
    {
        foreach (var name in OtherHeaders)
        {
            if (request.Headers.ContainsKey(name) && !name.Equals(header, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        if (request.QueryString.HasValue)
        {
            foreach (var name in QueryParameters)
            {
                if (request.Query.ContainsKey(name))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static AccessToken Refused(AuthenticationFault fault) => new(null, null, fault);
}
