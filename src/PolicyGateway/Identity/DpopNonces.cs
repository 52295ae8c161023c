using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace PolicyGateway.Identity;

/// <summary>
/// Nonces of this process (RFC 9449, 9), none of them kept: each is a keyed hash of a slice of time, and counts in its own slice
/// and the next. The key dies with the process, so a nonce also proves that a proof was made after the start.
/// </summary>
internal sealed class DpopNonces(TimeSpan lifetime, TimeProvider time)
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly DateTimeOffset _since = time.GetUtcNow();

    /// <summary>The nonce to make proofs with from now on.</summary>
    public string Current() => Of(Slice());

    /// <summary>Whether a nonce was given out here, and when at the earliest; null where it was not, or too long ago.</summary>
    public DateTimeOffset? GivenSince(string nonce, out bool isCurrent)
    {
        var slice = Slice();
        isCurrent = Equal(nonce, Of(slice));
        if (!isCurrent && !Equal(nonce, Of(slice - 1)))
        {
            return null;
        }

        var start = new DateTimeOffset((isCurrent ? slice : slice - 1) * lifetime.Ticks, TimeSpan.Zero);
        return start > _since ? start : _since;
    }

    private long Slice() => time.GetUtcNow().UtcTicks / lifetime.Ticks;

    private string Of(long slice)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(number, slice);
        HMACSHA256.HashData(_key, number, hash);
        return Base64Url.EncodeToString(hash);
    }

    private static bool Equal(string given, string ours) =>
        CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(given), System.Text.Encoding.UTF8.GetBytes(ours));
}
