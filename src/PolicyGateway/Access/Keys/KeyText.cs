using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PolicyGateway.Access.Keys;

/// <summary>
/// How a key is spelled: a prefix that secret scanners find, 256 random bits, and a checksum by which a scanner, and this
/// gateway, tells a key from chance and a typing error without asking anybody.
/// </summary>
internal static class KeyText
{
    public const string Prefix = "pgk_";

    /// <summary>Characters of a key that may be shown.</summary>
    public const int HintLength = 12;

    private const int SecretLength = 43;
    private const int ChecksumLength = 6;

    public static string New()
    {
        var secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return secret + Checksum(secret);
    }

    /// <summary>Whether it is meant to be a key, be it a good one or not; a token never begins like this.</summary>
    public static bool IsMeant(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether it is spelled like a key that this gateway made.</summary>
    public static bool IsSpelled(string token) =>
        token.Length == Prefix.Length + SecretLength + ChecksumLength && IsMeant(token)
        && token.AsSpan(Prefix.Length).IndexOfAnyExcept(Alphabet) < 0
        && token.AsSpan(^ChecksumLength).SequenceEqual(Checksum(token[..^ChecksumLength]));

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>No secret: whoever has the key can compute it, and nobody can compute the key from it.</summary>
    private static string Checksum(string secret) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes("checksum " + secret)))[..ChecksumLength];
}
