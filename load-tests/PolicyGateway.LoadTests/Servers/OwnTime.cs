using System.Globalization;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>
/// How long the backend itself took from the request to its first frame, told in that frame: its timer is a millisecond
/// coarse, which is more than what is measured. It stands in <c>created</c>, behind a digit that keeps the length.
/// </summary>
internal static class OwnTime
{
    private const long Base = 1_000_000_000;
    private const int Digits = 10;

    private static ReadOnlySpan<byte> Field => "\"created\":"u8;

    /// <summary>The frame, with the time in it.</summary>
    public static byte[] Write(ReadOnlySpan<byte> frame, TimeSpan own)
    {
        var told = frame.ToArray();
        var at = told.AsSpan().IndexOf(Field) + Field.Length;
        (Base + (long)own.TotalMicroseconds).TryFormat(told.AsSpan(at, Digits), out _, provider: CultureInfo.InvariantCulture);
        return told;
    }

    /// <summary>The time in a frame; null where there is none.</summary>
    public static TimeSpan? Read(ReadOnlySpan<byte> piece)
    {
        var at = piece.IndexOf(Field);
        return at >= 0 && piece.Length >= at + Field.Length + Digits
            && long.TryParse(piece.Slice(at + Field.Length, Digits), CultureInfo.InvariantCulture, out var told) && told >= Base
            ? TimeSpan.FromMicroseconds(told - Base)
            : null;
    }
}
