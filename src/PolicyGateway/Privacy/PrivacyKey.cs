using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PolicyGateway.Audit;
using PolicyGateway.State;

namespace PolicyGateway.Privacy;

/// <summary>
/// The secret behind every name that stands for a person without telling who it is. Without it nobody can try names until
/// one fits; with another one, the same person has another name.
/// </summary>
internal sealed class PrivacyKey
{
    private const int Size = 32;

    /// <summary>Bytes of a name: in hex 48 characters, fewer than the 64 that OpenAI takes.</summary>
    private const int NameSize = 24;

    private readonly byte[] _pseudonyms;
    private readonly byte[] _digests;

    private PrivacyKey(byte[] secret)
    {
        // A key for each use, so that no name of one is a name of the other.
        _pseudonyms = Derive(secret, "policygateway.privacy.pseudonym.v1"u8);
        _digests = Derive(secret, "policygateway.privacy.digest.v1"u8);
        Id = Convert.ToHexStringLower(Derive(secret, "policygateway.privacy.id.v1"u8).AsSpan(0, 8));
    }

    /// <summary>Tells this key from another, and nothing about it.</summary>
    public string Id { get; }

    /// <summary>Reads the key, or makes it where there is none.</summary>
    /// <exception cref="StateUnavailableException">The file cannot be used; the message names the setting.</exception>
    public static PrivacyKey Open(PrivacyOptions options)
    {
        try
        {
            if (!File.Exists(options.KeyFile))
            {
                Make(options.KeyFile);
            }

            var secret = Convert.FromBase64String(File.ReadAllText(options.KeyFile).Trim());
            return secret.Length == Size ? new PrivacyKey(secret) : throw new FormatException($"it holds {secret.Length} bytes.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new StateUnavailableException($"Privacy:KeyFile '{options.KeyFile}' must hold {Size} random bytes in base64: {fault.Message}", fault);
        }
    }

    /// <summary>
    /// What a backend may call a person: the same at each request, another for each backend and each tenant, so that two of them
    /// cannot find out that they speak of one person.
    /// </summary>
    public string PseudonymOf(string cluster, string? tenant, string? issuer, string? subject) =>
        NameOf(_pseudonyms, [cluster, tenant, issuer, subject]);

    /// <summary>What is kept of a person who was erased: enough to know him again when he comes.</summary>
    public string DigestOf(string issuer, string subject) => $"{Id}.{NameOf(_digests, [issuer, subject])}";

    /// <summary>A secret does not print itself.</summary>
    public override string ToString() => $"PrivacyKey({Id})";

    /// <summary>Whole or not at all: somebody else may be reading it already.</summary>
    private static void Make(string file)
    {
        var made = $"{file}.{Guid.NewGuid():n}";
        PrivateFile.WriteNew(made, Convert.ToBase64String(RandomNumberGenerator.GetBytes(Size)) + "\n");
        try
        {
            File.Move(made, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Somebody else made it at the same moment.
            File.Delete(made);
        }
    }

    /// <summary>Each part with its length, so that no two lists of parts are one text; a missing one is not an empty one.</summary>
    private static string NameOf(byte[] key, ReadOnlySpan<string?> parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            var bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, part is null ? -1 : bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, NameSize));
    }

    private static byte[] Derive(byte[] secret, ReadOnlySpan<byte> use) => HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, Size, info: use.ToArray());
}
