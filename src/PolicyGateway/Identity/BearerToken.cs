using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace PolicyGateway.Identity;

/// <summary>The credential of a request by form alone: none, one bearer token, or a fault.</summary>
internal readonly record struct BearerToken(string? Text, AuthenticationFault? Fault)
{
    /// <summary>Longer ones are refused before anything looks inside.</summary>
    public const int MaximumLength = 16 * 1024;

    private const string Scheme = "Bearer";

    private static readonly string[] OtherHeaders = ["x-api-key", "api-key", "x-goog-api-key", "x-auth-token", "Proxy-Authorization"];
    private static readonly string[] QueryParameters = ["access_token", "key", "api_key", "api-key"];

    /// <summary>Reads the one credential.</summary>
    /// <param name="request">The request.</param>
    /// <param name="header">A header that may hold the bare token in place of <c>Authorization</c>, which always may.</param>
    public static BearerToken Read(HttpRequest request, string header)
    {
        var authorization = request.Headers.Authorization;
        var bare = header == HeaderNames.Authorization ? StringValues.Empty : request.Headers[header];
        var elsewhere = IsElsewhere(request, header);
        return (authorization.Count + bare.Count) switch
        {
            // A credential that was sent but cannot be judged must not pass for none.
            0 => elsewhere ? Refused(AuthenticationFault.MisplacedCredential) : default,
            1 when !elsewhere => authorization.Count == 1 ? Parse(authorization[0] ?? "") : ParseBare(bare[0] ?? ""),
            _ => Refused(AuthenticationFault.TwoCredentials),
        };
    }

    private static BearerToken ParseBare(string token) =>
        token.Length > MaximumLength ? Refused(AuthenticationFault.TooLarge)
        : token.Length == 0 || token.AsSpan().ContainsAny(" \t,") ? Refused(AuthenticationFault.MalformedKey)
        : new BearerToken(token, null);

    private static BearerToken Parse(string header)
    {
        if (header.Length > MaximumLength + Scheme.Length + 1)
        {
            return Refused(AuthenticationFault.TooLarge);
        }

        var space = header.IndexOf(' ', StringComparison.Ordinal);
        var scheme = space < 0 ? header : header.AsSpan(0, space);
        if (!scheme.Equals(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return Refused(scheme.Length == 0 ? AuthenticationFault.MalformedHeader : AuthenticationFault.OtherScheme);
        }

        var token = space < 0 ? "" : header.AsSpan(space).Trim(' ');
        return token.Length == 0 || token.ContainsAny(" \t,")
            ? Refused(AuthenticationFault.MalformedHeader)
            : new BearerToken(token.ToString(), null);
    }

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

    private static BearerToken Refused(AuthenticationFault fault) => new(null, fault);
}
