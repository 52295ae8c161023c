using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Tests.Identity;

/// <summary>A real P-256 key that signs whatever it is given, also what no honest issuer would.</summary>
internal sealed class TestKey(string keyId) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeyId => keyId;

    public object PublicJwk
    {
        get
        {
            var point = _key.ExportParameters(false).Q;
            return new { kty = "EC", crv = "P-256", use = "sig", kid = keyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) };
        }
    }

    public string Jwks => JsonSerializer.Serialize(new { keys = new[] { PublicJwk } });

    public string PublicPem => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>Signs a payload; null header means the ordinary one.</summary>
    public string Sign(object payload, object? header = null) =>
        Assemble(header ?? new { alg = "ES256", typ = "at+jwt", kid = keyId }, JsonSerializer.Serialize(payload), bytes => _key.SignData(bytes, HashAlgorithmName.SHA256));

    public string SignText(string payload, object? header = null) =>
        Assemble(header ?? new { alg = "ES256", typ = "at+jwt", kid = keyId }, payload, bytes => _key.SignData(bytes, HashAlgorithmName.SHA256));

    public static string Assemble(object header, string payload, Func<byte[], byte[]> sign)
    {
        var content = Base64UrlEncoder.Encode(JsonSerializer.Serialize(header)) + "." + Base64UrlEncoder.Encode(payload);
        return content + "." + Base64UrlEncoder.Encode(sign(Encoding.ASCII.GetBytes(content)));
    }

    public void Dispose() => _key.Dispose();
}
