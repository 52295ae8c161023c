using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Access.Joins;

/// <summary>A code that proves who made it to whoever takes it.</summary>
/// <param name="Code">Its text, which is told once.</param>
/// <param name="ExpiresAt">When it ends, unless it was used before.</param>
internal sealed record JoinCode(string Code, DateTimeOffset ExpiresAt);

/// <summary>A code that was taken, and counts no more.</summary>
internal readonly record struct TakenCode(PersonRef Person, DateTimeOffset MadeAt);

/// <summary>Codes for joining: in memory, for minutes, one for each person, and each for one use. A restart ends them.</summary>
internal sealed class JoinCodes(TimeProvider time)
{
    public const string Prefix = "pgj_";

    private const int Most = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    // By hash: what is in memory opens nothing.
    private readonly ConcurrentDictionary<string, TakenCode> _codes = new(StringComparer.Ordinal);

    /// <summary>Makes one; an earlier one of the person ends. Null where there are too many.</summary>
    public JoinCode? New(PersonRef person)
    {
        var now = time.GetUtcNow();
        foreach (var (hash, made) in _codes)
        {
            if (made.Person == person || made.MadeAt + Lifetime <= now)
            {
                _codes.TryRemove(hash, out _);
            }
        }

        if (_codes.Count >= Most)
        {
            return null;
        }

        var code = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _codes[HashOf(code)] = new TakenCode(person, now);
        return new JoinCode(code, now + Lifetime);
    }

    /// <summary>Takes one, so that nobody else does; null where there is none, or it has ended.</summary>
    public TakenCode? Take(string? code) =>
        code is not null && _codes.TryRemove(HashOf(code), out var made) && time.GetUtcNow() < made.MadeAt + Lifetime ? made : null;

    private static string HashOf(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
