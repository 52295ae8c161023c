using System.IO.Compression;

namespace PolicyGateway.Revocation;

/// <summary>The statuses of many tokens: 1, 2, 4 or 8 bits for each, the lowest bits of a byte first.</summary>
internal sealed class StatusList
{
    /// <summary>As large as a list may become: 33 million tokens at one bit. A small document can unpack to any size.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private readonly byte[] _bytes;
    private readonly int _bits;

    private StatusList(byte[] bytes, int bits) => (_bytes, _bits) = (bytes, bits);

    public int Size => _bytes.Length;

    /// <summary>Unpacks a list.</summary>
    /// <exception cref="InvalidDataException">It is no such list, or unpacks to more than <see cref="MostBytes"/>.</exception>
    public static StatusList Unpack(byte[] packed, int bits)
    {
        if (bits is not (1 or 2 or 4 or 8))
        {
            throw new InvalidDataException("The status list has 'bits' other than 1, 2, 4 or 8.");
        }

        using var source = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = source.Read(buffer)) > 0;)
        {
            if (unpacked.Length + read > MostBytes)
            {
                throw new InvalidDataException($"The status list unpacks to more than {MostBytes} bytes.");
            }

            unpacked.Write(buffer, 0, read);
        }

        var bytes = unpacked.ToArray();
        return IsWhole(packed, bytes) ? new StatusList(bytes, bits) : throw new InvalidDataException("The status list is cut off or damaged.");
    }

    /// <summary>The status at a place; null behind the end of the list.</summary>
    public int? At(long index)
    {
        var perByte = 8 / _bits;
        return index < 0 || index / perByte >= _bytes.Length
            ? null
            : (_bytes[index / perByte] >> (int)(index % perByte * _bits)) & ((1 << _bits) - 1);
    }

    /// <summary>RFC 1950: what is unpacked is followed by its Adler-32. The framework does not look, and takes a cut for an end.</summary>
    private static bool IsWhole(byte[] packed, byte[] bytes)
    {
        var (a, b) = (1u, 0u);
        foreach (var value in bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        return packed.Length > 4 && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packed.AsSpan(^4)) == ((b << 16) | a);
    }
}
