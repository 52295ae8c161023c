using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>A proof as read (RFC 9449, 4.2): its form holds, and nothing in it is believed yet.</summary>
/// <param name="Algorithm">An accepted <c>alg</c>.</param>
/// <param name="Key">The public <c>jwk</c>, which goes with the algorithm.</param>
/// <param name="Id">Its <c>jti</c>.</param>
/// <param name="Method">Its <c>htm</c>.</param>
/// <param name="Address">Its <c>htu</c>.</param>
/// <param name="MadeAt">Its <c>iat</c>.</param>
/// <param name="TokenHash">Its <c>ath</c>.</param>
/// <param name="Nonce">Its <c>nonce</c>, if any.</param>
/// <param name="SignedText">Header and payload as they were signed.</param>
/// <param name="Signature">The signature.</param>
internal sealed record DpopProof(
    string Algorithm,
    JsonWebKey Key,
    string Id,
    string Method,
    string Address,
    DateTimeOffset MadeAt,
    byte[] TokenHash,
    string? Nonce,
    string SignedText,
    byte[] Signature)
{
    /// <summary>Longer ones are refused before anything looks inside.</summary>
    public const int MaximumLength = 8 * 1024;

    private const int LongestText = 256;
    private const long LastSecond = 253_402_300_799; // Of the year 9999.

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads a proof.</summary>
    /// <param name="text">The value of the header.</param>
    /// <param name="algorithms">The accepted algorithms.</param>
    /// <param name="fault">What stands against its form, where the answer is null.</param>
    public static DpopProof? Read(string text, IReadOnlyList<string> algorithms, out AuthenticationFault fault)
    {
        fault = AuthenticationFault.ProofForm;
        var parts = text.Length <= MaximumLength ? text.Split('.', 4) : [];
        if (parts is not [var head, var body, var tail]
            || StrictBase64Url.Decode(head) is not { } header
            || StrictBase64Url.Decode(body) is not { } payload
            || StrictBase64Url.Decode(tail) is not { Length: > 0 } signature)
        {
            return null;
        }

        try
        {
            using var headerJson = Parse(header);
            using var payloadJson = Parse(payload);
            if (ReadHeader(headerJson.RootElement, algorithms, ref fault) is not { } signer)
            {
                return null;
            }

            fault = AuthenticationFault.ProofClaims;
            return ReadClaims(payloadJson.RootElement, signer.Algorithm, signer.Key, text[..^(tail.Length + 1)], signature);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A name that stands there twice, text that is no text: two readers could believe two different things.
            fault = AuthenticationFault.ProofForm;
            return null;
        }
    }

    private static (string Algorithm, JsonWebKey Key)? ReadHeader(JsonElement header, IReadOnlyList<string> algorithms, ref AuthenticationFault fault)
    {
        // RFC 7515, 4.1.11: an extension that is critical and not understood makes it invalid. None is.
        if (header.TryGetProperty("crit", out _))
        {
            return null;
        }

        if (!string.Equals(Text(header, "typ"), "dpop+jwt", StringComparison.OrdinalIgnoreCase))
        {
            fault = AuthenticationFault.ProofType;
            return null;
        }

        if (Text(header, "alg") is not { } algorithm || !algorithms.Contains(algorithm, StringComparer.Ordinal))
        {
            fault = AuthenticationFault.ProofAlgorithm;
            return null;
        }

        fault = AuthenticationFault.ProofKey;
        return header.TryGetProperty("jwk", out var jwk) && DpopKey.Read(jwk, algorithm) is { } key ? (algorithm, key) : null;
    }

    private static DpopProof? ReadClaims(JsonElement claims, string algorithm, JsonWebKey key, string signedText, byte[] signature)
    {
        var hasNonce = claims.TryGetProperty("nonce", out _);
        var nonce = Text(claims, "nonce");
        return Text(claims, "jti") is { Length: <= LongestText } id
            && Text(claims, "htm") is { } method
            && Text(claims, "htu") is { } address
            && claims.TryGetProperty("iat", out var time) && time.ValueKind == JsonValueKind.Number
            && time.TryGetDouble(out var seconds) && seconds is >= 0 and <= LastSecond
            && StrictBase64Url.Decode(Text(claims, "ath")) is { Length: SHA256.HashSizeInBytes } tokenHash
            && hasNonce == nonce is not null
                ? new DpopProof(algorithm, key, id, method, address, DateTimeOffset.UnixEpoch.AddSeconds(seconds), tokenHash, nonce, signedText, signature)
                : null;
    }

    private static JsonDocument Parse(byte[] json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("It is no UTF-8.");
        }

        var document = JsonDocument.Parse(json, Strict);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new JsonException("It is no object.");
    }

    /// <summary>A text that is not empty; null for anything else.</summary>
    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
