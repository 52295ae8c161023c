using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Audit;

/// <summary>The hashes that tie records together. Their inputs are the format: a change needs a new payload version.</summary>
internal static class ChainHash
{
    public const int Size = SHA256.HashSizeInBytes;
    public const int SaltSize = 16;

    /// <summary>What the first record follows; differs per log, so that records cannot move between logs.</summary>
    public static byte[] Genesis(string logId) => SHA256.HashData(Encoding.UTF8.GetBytes($"policygateway.audit.v1\n{logId}"));

    /// <summary>SHA-256 over the previous hash (32 bytes), the sequence number (8, big-endian) and the payload.</summary>
    public static byte[] Of(ReadOnlySpan<byte> previous, long seq, ReadOnlySpan<byte> payload)
    {
        // In one piece, which needs no hash object.
        var length = previous.Length + sizeof(long) + payload.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            previous.CopyTo(rented);
            BinaryPrimitives.WriteInt64BigEndian(rented.AsSpan(previous.Length), seq);
            payload.CopyTo(rented.AsSpan(previous.Length + sizeof(long)));
            return SHA256.HashData(rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// What the chain holds of a personal value. Without its salt nobody can try out names against it, so erasing the salt
    /// erases the person.
    /// </summary>
    public static string Digest(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> value) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(salt, value));
}

/// <summary>The last record of a chain.</summary>
/// <param name="Seq">Its number; 0 for an empty log.</param>
/// <param name="Hash">Its hash, or the genesis hash.</param>
/// <param name="RecordedAt">When it was written; never earlier than the record before it.</param>
internal sealed record ChainHead(long Seq, byte[] Hash, DateTimeOffset RecordedAt);
