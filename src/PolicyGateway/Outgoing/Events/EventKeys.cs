using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PolicyGateway.Hosting;
using PolicyGateway.State;

namespace PolicyGateway.Outgoing.Events;

/// <summary>
/// The key that security event tokens are signed with, made once in the data folder, and the public keys that receivers may still need.
/// To rotate, rename the key's file to one that begins with <c>previous</c>: the next start makes a new one and publishes both.
/// </summary>
internal sealed class EventKeys : IDisposable
{
    public const string FileName = "outgoing/event-signing-key.pem";

    private const string PreviousFiles = "previous*.pem";

    private readonly Lazy<ImmutableArray<ECDsaSecurityKey>> _keys;

    public EventKeys(IOptions<GatewayOptions> options) => _keys = new(() => Read(Path.GetFullPath(Path.Combine(options.Value.DataDirectory, FileName))));

    /// <summary>Reads the keys; the first time, makes one.</summary>
    /// <exception cref="StateUnavailableException">One of them cannot be read.</exception>
    public void Open() => _ = _keys.Value;

    /// <summary>A signed token with these claims.</summary>
    public string Sign(string claims)
    {
        lock (_keys)
        {
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
                claims,
                new SigningCredentials(_keys.Value[0], SecurityAlgorithms.EcdsaSha256),
                new Dictionary<string, object> { ["typ"] = "secevent+jwt" });
        }
    }

    /// <summary>The JSON Web Key Set that is published: the public halves, the present one first.</summary>
    public JsonObject Published() => new()
    {
        ["keys"] = new JsonArray([.. _keys.Value.Select(static key => JsonWebKeyConverter.ConvertFromECDsaSecurityKey(key)).Select(static (jwk, _) => (JsonNode)new JsonObject
        {
            ["kty"] = jwk.Kty,
            ["crv"] = jwk.Crv,
            ["x"] = jwk.X,
            ["y"] = jwk.Y,
            ["kid"] = jwk.KeyId,
            ["use"] = "sig",
            ["alg"] = SecurityAlgorithms.EcdsaSha256,
        })]),
    };

    public void Dispose()
    {
        if (_keys.IsValueCreated)
        {
            foreach (var key in _keys.Value)
            {
                key.ECDsa.Dispose();
            }
        }
    }

    private static ImmutableArray<ECDsaSecurityKey> Read(string file)
    {
        var current = Import(file, PrivateKeys.ReadOrMake(file, static () =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return key.ExportPkcs8PrivateKeyPem() + "\n";
        }));
        Check(current.ECDsa, file);
        return [current, .. Directory.GetFiles(Path.GetDirectoryName(file)!, PreviousFiles).Order(StringComparer.Ordinal).Select(static previous => Import(previous, File.ReadAllText(previous)))];
    }

    /// <summary>A public key is told from a private one by having it sign.</summary>
    private static void Check(ECDsa key, string file)
    {
        try
        {
            key.SignHash(new byte[32]);
        }
        catch (CryptographicException fault)
        {
            throw new StateUnavailableException($"'{file}' holds no private key, which tokens are signed with: {fault.Message}", fault);
        }
    }

    private static ECDsaSecurityKey Import(string file, string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.KeySize != 256)
            {
                throw new CryptographicException("not on P-256");
            }

            // No shared cache of signers: it would outlive the key that Dispose releases.
            var security = new ECDsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
            security.KeyId = Base64UrlEncoder.Encode(security.ComputeJwkThumbprint());
            return security;
        }
        catch (Exception fault) when (fault is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new StateUnavailableException($"'{file}' is not a readable ECDSA P-256 key in PEM: {fault.Message}", fault);
        }
    }
}
