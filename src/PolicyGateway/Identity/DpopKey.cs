using System.Formats.Asn1;
using System.Security.Cryptography;
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

    private const byte Uncompressed = 4; // SEC 1, 2.3.3: both coordinates follow.

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

    /// <summary>
    /// The key to check with. Of a curve's key the point alone is imported (RFC 5480): OpenSSL sees whether it is on the curve,
    /// which for these curves is all there is to ask, where from coordinates it multiplies the point by the curve's order as well.
    /// </summary>
    /// <exception cref="CryptographicException">The point is on no curve.</exception>
    public static SecurityKey Import(JsonWebKey key)
    {
        if (key.Kty != JsonWebAlgorithmsKeyTypes.EllipticCurve)
        {
            return key;
        }

        var curve = ECDsa.Create();
        try
        {
            curve.ImportSubjectPublicKeyInfo(SubjectPublicKeyInfo(key), out _);
            return new ECDsaSecurityKey(curve);
        }
        catch
        {
            curve.Dispose();
            throw;
        }
    }

    private static byte[] SubjectPublicKeyInfo(JsonWebKey key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.2.1"); // id-ecPublicKey
                writer.WriteObjectIdentifier(key.Crv switch
                {
                    JsonWebKeyECTypes.P256 => "1.2.840.10045.3.1.7",
                    JsonWebKeyECTypes.P384 => "1.3.132.0.34",
                    JsonWebKeyECTypes.P521 => "1.3.132.0.35",
                    _ => throw new CryptographicException("It is on a curve that no algorithm here is for."),
                });
            }

            writer.WriteBitString([Uncompressed, .. StrictBase64Url.Decode(key.X)!, .. StrictBase64Url.Decode(key.Y)!]);
        }

        return writer.Encode();
    }

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
