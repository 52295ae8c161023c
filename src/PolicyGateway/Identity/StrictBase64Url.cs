using System.Buffers;
using System.Buffers.Text;

namespace PolicyGateway.Identity;

/// <summary>Base64url as RFC 7515, 2 has it: no padding, no white space, nothing but the alphabet.</summary>
internal static class StrictBase64Url
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>The bytes; null where the text is anything else.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Alphabet) || text.Length % 4 == 1)
        {
            return null;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done ? null
            : written == bytes.Length ? bytes
            : bytes[..written];
    }
}
