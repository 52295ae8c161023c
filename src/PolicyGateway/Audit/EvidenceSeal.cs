using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Audit;

/// <summary>
/// Encrypts text (AES-256-GCM) of the categories that an operator named. The additional data binds a sealed text to its
/// log, record and decision, so that it cannot be shown as another's.
/// </summary>
internal sealed class EvidenceSeal
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] _key;

    private EvidenceSeal(byte[] key) => _key = key;

    /// <summary>Null where no category is sealed.</summary>
    /// <exception cref="AuditUnavailableException">The key cannot be read.</exception>
    public static EvidenceSeal? From(SealedEvidenceOptions options) => options.Categories.Count == 0 ? null : Load(options.KeyFile ?? "");

    /// <exception cref="AuditUnavailableException">The key cannot be read.</exception>
    public static EvidenceSeal Load(string keyFile)
    {
        try
        {
            var key = Convert.FromBase64String(File.ReadAllText(keyFile).Trim());
            return key.Length == 32 ? new EvidenceSeal(key) : throw new FormatException($"it has {key.Length} bytes");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            throw new AuditUnavailableException($"Audit:SealedEvidence:KeyFile '{keyFile}' is not a readable key of 32 bytes in base64: {fault.Message}", fault);
        }
    }

    /// <summary>Nonce, tag and ciphertext, in this order.</summary>
    public byte[] Seal(string logId, long seq, string decisionId, string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[NonceSize + TagSize + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(
            box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), Binding(logId, seq, decisionId));
        CryptographicOperations.ZeroMemory(plain);
        return box;
    }

    /// <exception cref="CryptographicException">Another key, another record, or altered bytes.</exception>
    public string Open(string logId, long seq, string decisionId, byte[] box)
    {
        if (box.Length < NonceSize + TagSize)
        {
            throw new CryptographicException("The sealed text is too short.");
        }

        var plain = new byte[box.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        aes.Decrypt(
            box.AsSpan(0, NonceSize), box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), plain, Binding(logId, seq, decisionId));
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] Binding(string logId, long seq, string decisionId) => Encoding.UTF8.GetBytes($"{logId}\n{seq}\n{decisionId}");
}
