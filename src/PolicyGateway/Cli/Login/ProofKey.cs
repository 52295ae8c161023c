using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PolicyGateway.Cli.Login;

/// <summary>The key that a login's tokens are bound to, and the proofs that it makes (RFC 9449, 4.2).</summary>
internal sealed class ProofKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly TimeProvider _time;
    private readonly JsonWebTokenHandler _writer = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials _signing;
    private readonly Dictionary<string, object> _header;

    private ProofKey(ECDsa key, TimeProvider time)
    {
        (_key, _time) = (key, time);
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ECDsa.Create(key.ExportParameters(includePrivateParameters: false))));

        // Not the shared one, which would go on with a key of the same thumbprint that was disposed of.
        _signing = new SigningCredentials(new ECDsaSecurityKey(key), SecurityAlgorithms.EcdsaSha256) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        _header = new() { ["jwk"] = new Dictionary<string, object> { ["kty"] = jwk.Kty, ["crv"] = jwk.Crv, ["x"] = jwk.X, ["y"] = jwk.Y } };
        Thumbprint = Base64UrlEncoder.Encode(jwk.ComputeJwkThumbprint());
    }

    public string Thumbprint { get; }

    public static ProofKey Create(TimeProvider time) => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), time);

    /// <exception cref="CommandFault">It is no key.</exception>
    public static ProofKey Parse(string pem, TimeProvider time)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return new ProofKey(key, time);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new CommandFault("The stored login's proof key cannot be read: log in again.", fault);
        }
    }

    public string ToPem() => _key.ExportPkcs8PrivateKeyPem();

    /// <summary>A proof for one request.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="address">Its address; query and fragment are left out.</param>
    /// <param name="token">The access token that it brings, if any.</param>
    /// <param name="nonce">What the server asked to be repeated, if anything.</param>
    public string Prove(HttpMethod method, Uri address, string? token = null, string? nonce = null)
    {
        var claims = new Dictionary<string, object>
        {
            ["jti"] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)),
            ["htm"] = method.Method,
            ["htu"] = address.GetLeftPart(UriPartial.Path),
            ["iat"] = _time.GetUtcNow().ToUnixTimeSeconds(),
        };
        if (token is not null)
        {
            claims["ath"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
        }

        if (nonce is not null)
        {
            claims["nonce"] = nonce;
        }

        return _writer.CreateToken(new SecurityTokenDescriptor { TokenType = "dpop+jwt", AdditionalHeaderClaims = _header, Claims = claims, SigningCredentials = _signing });
    }

    public void Dispose() => _key.Dispose();
}
