using System.Security.Cryptography;

namespace PolicyGateway.Audit;

/// <summary>
/// The audit's private key: signs heads (ECDSA P-256, SHA-256) and keys the hash over released bytes. It lives in a file of
/// its own, so that who can write the database cannot sign for it. Signing is for one thread; hashing for any.
/// </summary>
internal sealed class SigningKey : IDisposable
{
    private readonly ECDsa _key;
    private readonly byte[] _releaseKey;

    private SigningKey(ECDsa key)
    {
        _key = key;
        Id = KeyId.Of(key);

        // Derived instead of stored: one secret to protect, and none to lose apart from the other.
        var secret = key.ExportParameters(includePrivateParameters: true).D!;
        _releaseKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "policygateway.audit.release-hash.v1"u8.ToArray());
        CryptographicOperations.ZeroMemory(secret);
    }

    public string Id { get; }

    /// <summary>SubjectPublicKeyInfo in base64, as the chain's key records carry it.</summary>
    public string PublicKey => Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

    public static string PublicFileOf(string file) => file + ".pub";

    public static SigningKey Create(string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.WriteNew(file, key.ExportPkcs8PrivateKeyPem() + "\n");
        return Load(file);
    }

    /// <summary>Reads a key and writes its public half beside it where that is missing.</summary>
    /// <exception cref="AuditUnavailableException">The file cannot be read or holds no P-256 private key.</exception>
    public static SigningKey Load(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            if (key.KeySize != 256)
            {
                throw new CryptographicException("not on P-256");
            }

            var signing = new SigningKey(key);
            if (!File.Exists(PublicFileOf(file)))
            {
                File.WriteAllText(PublicFileOf(file), key.ExportSubjectPublicKeyInfoPem() + "\n");
            }

            return signing;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new AuditUnavailableException($"Audit:SigningKeyFile '{file}' is not a readable ECDSA P-256 private key in PEM: {fault.Message}", fault);
        }
    }

    public SignedHead Sign(HeadKind kind, string logId, ChainHead head, DateTimeOffset time)
    {
        var timeMs = time.ToUnixTimeMilliseconds();
        var signature = _key.SignData(SignedHead.Message(kind, logId, head.Seq, head.Hash, timeMs), HashAlgorithmName.SHA256);
        return new SignedHead(kind, logId, head.Seq, head.Hash, timeMs, Id, signature);
    }

    public bool Verifies(SignedHead head) => _key.VerifyData(head.Message(), head.Signature, HashAlgorithmName.SHA256);

    public IncrementalHash CreateReleaseHash() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _releaseKey);

    public void Dispose()
    {
        _key.Dispose();
        CryptographicOperations.ZeroMemory(_releaseKey);
    }
}

/// <summary>A public key that heads are checked against.</summary>
internal sealed class VerifyingKey : IDisposable
{
    private readonly ECDsa _key;

    private VerifyingKey(ECDsa key)
    {
        _key = key;
        Id = KeyId.Of(key);
    }

    public string Id { get; }

    /// <summary>Reads a PEM file that holds a public key or a private one.</summary>
    /// <exception cref="AuditUnavailableException">It holds neither.</exception>
    public static VerifyingKey Load(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return new VerifyingKey(key);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new AuditUnavailableException($"'{file}' is not a readable key in PEM: {fault.Message}", fault);
        }
    }

    public bool Verifies(SignedHead head) => _key.VerifyData(head.Message(), head.Signature, HashAlgorithmName.SHA256);

    public void Dispose() => _key.Dispose();
}

/// <summary>A key's name: the first 16 hex digits of the SHA-256 of its SubjectPublicKeyInfo.</summary>
internal static class KeyId
{
    public static string Of(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8));
}
