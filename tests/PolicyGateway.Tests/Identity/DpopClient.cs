using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Tests.Identity;

/// <summary>A client with a key of its own, which proves what it is told to, also what no honest client would.</summary>
internal sealed class DpopClient(ECCurve? curve = null) : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(false);

    private readonly ECDsa _key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);

    public Dictionary<string, object?> PublicJwk
    {
        get
        {
            var parameters = _key.ExportParameters(false);
            return new Dictionary<string, object?>
            {
                ["kty"] = "EC",
                ["crv"] = parameters.Q.X!.Length switch { 32 => "P-256", 48 => "P-384", _ => "P-521" },
                ["x"] = Base64UrlEncoder.Encode(parameters.Q.X),
                ["y"] = Base64UrlEncoder.Encode(parameters.Q.Y),
            };
        }
    }

    public string PrivatePart => Base64UrlEncoder.Encode(_key.ExportParameters(true).D);

    /// <summary>RFC 7638, spelt out here so that the gateway's own way is not asked.</summary>
    public string Thumbprint
    {
        get
        {
            var jwk = PublicJwk;
            return Base64UrlEncoder.Encode(SHA256.HashData(Utf8.GetBytes(
                $$"""{"crv":"{{jwk["crv"]}}","kty":"EC","x":"{{jwk["x"]}}","y":"{{jwk["y"]}}"}""")));
        }
    }

    /// <summary>The <c>cnf</c> of a token that is bound to this key.</summary>
    public object Confirmation => new { jkt = Thumbprint };

    public static string HashOf(string token) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    /// <summary>Makes a proof; changes are laid over its header and its claims, where null takes a member out.</summary>
    public string Prove(
        string token,
        DateTimeOffset now,
        (string Name, object? Value)[]? header = null,
        (string Name, object? Value)[]? claims = null,
        Func<byte[], byte[]>? sign = null)
    {
        var head = Changed(new() { ["typ"] = "dpop+jwt", ["alg"] = "ES256", ["jwk"] = PublicJwk }, header);
        var body = Changed(
            new()
            {
                ["jti"] = Guid.NewGuid().ToString(),
                ["htm"] = "POST",
                ["htu"] = IdentityHost.PublicUrl + "/v1/chat/completions",
                ["iat"] = now.ToUnixTimeSeconds(),
                ["ath"] = HashOf(token),
            },
            claims);
        return ProveText(JsonSerializer.Serialize(head), JsonSerializer.Serialize(body), sign);
    }

    public string ProveText(string header, string claims, Func<byte[], byte[]>? sign = null)
    {
        var content = Base64UrlEncoder.Encode(header) + "." + Base64UrlEncoder.Encode(claims);
        var bytes = Encoding.ASCII.GetBytes(content);
        return content + "." + Base64UrlEncoder.Encode(sign is null ? _key.SignData(bytes, HashAlgorithmName.SHA256) : sign(bytes));
    }

    public byte[] Sign(byte[] bytes, HashAlgorithmName hash) => _key.SignData(bytes, hash);

    public void Dispose() => _key.Dispose();

    private static Dictionary<string, object?> Changed(Dictionary<string, object?> members, (string Name, object? Value)[]? changes)
    {
        foreach (var (name, value) in changes ?? [])
        {
            members[name] = value;
            if (value is null)
            {
                members.Remove(name);
            }
        }

        return members;
    }
}
