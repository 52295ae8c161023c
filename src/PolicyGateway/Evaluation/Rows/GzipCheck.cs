using System.Buffers.Binary;
using System.IO.Compression;

namespace PolicyGateway.Evaluation.Rows;

/// <summary>
/// Whether a gzip file is there to its end. <see cref="GZipStream"/> reads a file that was cut short as one that ends there,
/// without a word.
/// </summary>
internal static class GzipCheck
{
    private const int TrailerLength = 8;

    private static readonly byte[] Mark = "whole?\r\n"u8.ToArray();

    /// <param name="file">The file.</param>
    /// <param name="length">How many bytes were decompressed from it.</param>
    public static bool IsWhole(string file, long length) => EndsWithLength(file, length) || MembersEnd(file, length);

    /// <summary>The last four bytes are the length of what the last member holds, which is all where it is the only one.</summary>
    private static bool EndsWithLength(string file, long length)
    {
        using var stream = File.OpenRead(file);
        if (stream.Length < TrailerLength)
        {
            return false;
        }

        Span<byte> stated = stackalloc byte[sizeof(uint)];
        stream.Seek(-stated.Length, SeekOrigin.End);
        stream.ReadExactly(stated);
        return BinaryPrimitives.ReadUInt32LittleEndian(stated) == (uint)length;
    }

    /// <summary>
    /// Files of several members are legal, too. A member of our own behind the file is read as one only where the last of
    /// the file's has ended.
    /// </summary>
    private static bool MembersEnd(string file, long length)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var both = new GZipStream(new JoinedStream(stream, new MemoryStream(Compressed())), CompressionMode.Decompress);
            var buffer = new byte[64 * 1024];
            var tail = new byte[Mark.Length];
            long total = 0;
            for (int read; (read = both.Read(buffer)) > 0; total += read)
            {
                byte[] last = [.. tail, .. buffer.AsSpan(Math.Max(0, read - tail.Length)..read)];
                last.AsSpan(^tail.Length..).CopyTo(tail);
            }

            return total == length + Mark.Length && tail.AsSpan().SequenceEqual(Mark);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static byte[] Compressed()
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(Mark);
        }

        return buffer.ToArray();
    }

    private sealed class JoinedStream(Stream first, Stream second) : ForwardStream
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = first.Read(buffer, offset, count);
            return read > 0 ? read : second.Read(buffer, offset, count);
        }
    }
}
