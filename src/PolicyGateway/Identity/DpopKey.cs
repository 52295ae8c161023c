using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>The key that a proof brings along. It says nothing by itself: a token must name its thumbprint.</summary>
internal static class DpopKey
{
    // A longer modulus, or an exponent as long, makes each check cost what a signature costs.
    private const int LeastRsaBytes = 2048 / 8;
    private const int MostRsaBytes = 4096 / 8;
    private const int MostExponentBytes = 4;

    private static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    /// <summary>The public key; null where it is none, holds more than that, or does not go with the algorithm.</summary>
    public static JsonWebKey? Read(JsonElement jwk, string algorithm)
    {
        if (jwk.ValueKind != JsonValueKind.Object
            || PrivateMembers.Any(name => jwk.TryGetProperty(name, out _))
            || (jwk.TryGetProperty("use", out _) && Text(jwk, "use") != "sig")
            || (jwk.TryGetProperty("alg", out _) && Text(jwk, "alg") != algorithm))
        {
            return null;
        }

        return Text(jwk, "kty") switch
        {
            "EC" => Curve(jwk, algorithm),
            "RSA" => Rsa(jwk, algorithm),
            _ => null,
        };
    }

    /// <summary>RFC 7518, 3.4 and 6.2: each algorithm has its curve, and coordinates are as long as its field.</summary>
    private static JsonWebKey? Curve(JsonElement jwk, string algorithm)
    {
        var (curve, length) = algorithm switch
        {
            SecurityAlgorithms.EcdsaSha256 => (JsonWebKeyECTypes.P256, 32),
            SecurityAlgorithms.EcdsaSha384 => (JsonWebKeyECTypes.P384, 48),
            SecurityAlgorithms.EcdsaSha512 => (JsonWebKeyECTypes.P521, 66),
            _ => ("", 0),
        };
        var (x, y) = (Text(jwk, "x"), Text(jwk, "y"));
        return length > 0 && Text(jwk, "crv") == curve && StrictBase64Url.Decode(x)?.Length == length && StrictBase64Url.Decode(y)?.Length == length
            ? new JsonWebKey { Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv = curve, X = x, Y = y }
            : null;
    }

    private static JsonWebKey? Rsa(JsonElement jwk, string algorithm)
    {
        var (n, e) = (Text(jwk, "n"), Text(jwk, "e"));
        return algorithm.StartsWith("RS", StringComparison.Ordinal) || algorithm.StartsWith("PS", StringComparison.Ordinal)
            ? StrictBase64Url.Decode(n) is { Length: >= LeastRsaBytes and <= MostRsaBytes } and [not 0, ..]
                && StrictBase64Url.Decode(e) is { Length: > 0 and <= MostExponentBytes }
                    ? new JsonWebKey { Kty = JsonWebAlgorithmsKeyTypes.RSA, N = n, E = e }
                    : null
            : null;
    }

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
