using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PolicyGateway.Inference;

/// <summary>
/// Names of decisions: <c>dec_</c>, the second in eight hexadecimal digits, then 96 random bits, which nobody can guess. The time
/// stands in front so that the audit's index grows at its end; ids in no order would have it write a page for each record.
/// </summary>
internal static class DecisionIds
{
    private const int TimeBytes = sizeof(uint);
    private const int RandomBytes = 12;

    /// <summary>A new id of a decision that began at <paramref name="time"/>; the time is told until the year 2106.</summary>
    public static string New(DateTimeOffset time)
    {
        Span<byte> id = stackalloc byte[TimeBytes + RandomBytes];
        BinaryPrimitives.WriteUInt32BigEndian(id, unchecked((uint)time.ToUnixTimeSeconds()));
        RandomNumberGenerator.Fill(id[TimeBytes..]);
        return string.Concat("dec_", Convert.ToHexStringLower(id));
    }
}
