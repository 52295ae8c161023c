using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace PolicyGateway.Identity;

/// <summary>
/// Remembers verified tokens, since a signature costs 50 to 130 us and a hash about one. Only tokens that passed are
/// kept, by their SHA-256 and never as text, until <c>exp</c>, the end of a visa in it, or <see cref="IdentityOptions.TokenCacheLifetime"/>.
/// </summary>
internal sealed class TokenCache(IOptions<IdentityOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<Digest, Entry> _entries = new();
    private readonly Lock _gate = new();

    // Under _gate. Every key of _entries is in here, so bounding it bounds both; all entries live equally long, so
    // the oldest is the one to drop.
    private readonly Queue<Digest> _order = new();

    public VerifiedToken? Find(string token)
    {
        if (options.Value.TokenCacheEntries == 0 || !_entries.TryGetValue(Digest.Of(token), out var entry))
        {
            return null;
        }

        // The wall clock for exp, as the token and its visas mean it; the monotonic one for the age.
        return entry.Token.CountsUntil > time.GetUtcNow() && time.GetElapsedTime(entry.StoredAt) < options.Value.TokenCacheLifetime
            ? entry.Token
            : null;
    }

    public void Store(string token, VerifiedToken verified)
    {
        if (options.Value.TokenCacheEntries == 0)
        {
            return;
        }

        var digest = Digest.Of(token);
        lock (_gate)
        {
            while (_order.Count >= options.Value.TokenCacheEntries)
            {
                _entries.TryRemove(_order.Dequeue(), out _);
            }

            _order.Enqueue(digest);
            _entries[digest] = new Entry(verified, time.GetTimestamp());
        }
    }

    /// <summary>Forgets the tokens of a person; the next request of his is verified anew.</summary>
    public void Forget(string issuer, string subject)
    {
        foreach (var (digest, entry) in _entries)
        {
            if (entry.Token.Caller.Issuer == issuer && entry.Token.Caller.Subject == subject)
            {
                _entries.TryRemove(digest, out _);
            }
        }
    }

    public int Count => _entries.Count;

    private sealed record Entry(VerifiedToken Token, long StoredAt);

    private readonly record struct Digest(ulong A, ulong B, ulong C, ulong D)
    {
        // Nearly every token; a larger frame would be cleared for each of them.
        private const int OnStack = 2048;

        public static Digest Of(string token)
        {
            Span<byte> text = token.Length <= OnStack ? stackalloc byte[OnStack] : new byte[token.Length];
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];

            // A character beyond ASCII becomes '?', which no token that passed can contain.
            SHA256.HashData(text[..Encoding.ASCII.GetBytes(token, text)], hash);
            return new Digest(
                BinaryPrimitives.ReadUInt64LittleEndian(hash),
                BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(hash[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(hash[24..]));
        }
    }
}
