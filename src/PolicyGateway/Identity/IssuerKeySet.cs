using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Identity;

/// <summary>An issuer's public keys at one moment. Two sets with the same <see cref="Version"/> hold the same keys.</summary>
internal sealed class IssuerKeySet
{
    private const int LeastRsaBits = 2048;
    private const int MostKeys = 64;

    private IssuerKeySet(ImmutableArray<JsonWebKey> keys)
    {
        Keys = keys;
        var text = string.Join('\n', keys.Select(key => string.Join(' ', key.Kid, key.Kty, key.Alg, key.Crv, key.X, key.Y, key.N, key.E)));
        Version = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    public ImmutableArray<JsonWebKey> Keys { get; }

    public string Version { get; }

    /// <summary>Reads a JSON Web Key Set; keys of no use for signatures here are left out, private parts never kept.</summary>
    /// <exception cref="JsonException">It is not a key set.</exception>
    public static IssuerKeySet Parse(string jwks)
    {
        using var document = JsonDocument.Parse(jwks);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("keys", out var keys)
            || keys.ValueKind != JsonValueKind.Array)
        {
            throw new JsonException("A key set is an object with an array \"keys\".");
        }

        return From(keys.EnumerateArray().Where(key => key.ValueKind == JsonValueKind.Object).Select(Read));
    }

    /// <summary>Whether a key set that <see cref="Parse"/> accepts gives away a private or shared key.</summary>
    public static bool HoldsPrivateKey(string jwks)
    {
        using var document = JsonDocument.Parse(jwks);
        return document.RootElement.GetProperty("keys").EnumerateArray().Any(key =>
            key.ValueKind == JsonValueKind.Object && (key.TryGetProperty("d", out _) || key.TryGetProperty("k", out _)));
    }

    public static IssuerKeySet From(IEnumerable<KeyOptions> keys) =>
        new([.. keys.Where(IsUsable).Take(MostKeys).Select(Public)]);

    /// <summary>Whether a key verifies signatures: RSA of 2,048 bits or more, or one of the NIST curves.</summary>
    public static bool IsUsable(KeyOptions key) => key switch
    {
        { Use: not (null or "" or "sig") } => false,
        { Kty: "EC", Crv: "P-256" or "P-384" or "P-521" } => Bytes(key.X) > 0 && Bytes(key.Y) > 0,
        { Kty: "RSA" } => Bytes(key.N) * 8 >= LeastRsaBits && Bytes(key.E) > 0,
        _ => false,
    };

    /// <summary>The keys that may have signed a token: those with its key id, or all where it names none.</summary>
    public ImmutableArray<JsonWebKey> For(string? keyId, string algorithm) =>
        [.. Keys.Where(key => (string.IsNullOrEmpty(keyId) || string.Equals(key.Kid, keyId, StringComparison.Ordinal))
            && (string.IsNullOrEmpty(key.Alg) || string.Equals(key.Alg, algorithm, StringComparison.Ordinal)))];

    private static KeyOptions Read(JsonElement key) => new()
    {
        Kty = Member(key, "kty"),
        Kid = Member(key, "kid"),
        Alg = Member(key, "alg"),
        Use = Member(key, "use"),
        Crv = Member(key, "crv"),
        X = Member(key, "x"),
        Y = Member(key, "y"),
        N = Member(key, "n"),
        E = Member(key, "e"),
    };

    private static string? Member(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonWebKey Public(KeyOptions key) => new()
    {
        Kty = key.Kty,
        Kid = key.Kid,
        KeyId = key.Kid,
        Alg = key.Alg,
        Use = key.Use,
        Crv = key.Crv,
        X = key.X,
        Y = key.Y,
        N = key.N,
        E = key.E,
    };

    private static int Bytes(string? base64Url)
    {
        try
        {
            return base64Url is null ? 0 : Base64UrlEncoder.DecodeBytes(base64Url).Length;
        }
        catch (FormatException)
        {
            return 0;
        }
    }
}
