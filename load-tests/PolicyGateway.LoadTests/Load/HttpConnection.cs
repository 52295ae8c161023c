using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PolicyGateway.LoadTests.Load;

/// <summary>What one request met with; times are timestamps of the stopwatch.</summary>
internal readonly record struct Response(int Status, long FirstByte, long LastByte, long BodyBytes);

/// <summary>Sees a piece of a body.</summary>
/// <param name="piece">Valid during the call.</param>
/// <param name="time">When it was read, as a timestamp of the stopwatch.</param>
internal delegate void BodyObserver(ReadOnlySpan<byte> piece, long time);

/// <summary>
/// One keep-alive connection that sends prepared bytes. <c>HttpClient</c> costs more CPU per request than the servers
/// measured here, and on a small machine the driver's CPU is taken from them.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int LongestHead = 16 * 1024;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer;
    private int _start;
    private int _end;

    private HttpConnection(int bufferBytes) => _buffer = new byte[bufferBytes];

    /// <summary>Told of each piece of a body as it comes, with the time at which it was read; null discards bodies.</summary>
    public BodyObserver? Body { get; init; }

    public static async Task<HttpConnection> OpenAsync(
        int port, CancellationToken cancellationToken, BodyObserver? body = null, int bufferBytes = 64 * 1024)
    {
        var connection = new HttpConnection(bufferBytes) { Body = body };
        await connection._socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        return connection;
    }

    public async ValueTask<Response> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        while (!request.IsEmpty)
        {
            request = request[await _socket.SendAsync(request, SocketFlags.None, cancellationToken)..];
        }

        var head = await ReadHeadAsync(cancellationToken);
        var firstByte = TimeProvider.System.GetTimestamp();
        if (!head.IsChunked)
        {
            await SkipAsync(head.Length, cancellationToken);
            return new Response(head.Status, firstByte, TimeProvider.System.GetTimestamp(), head.Length);
        }

        var (first, bytes) = await ReadChunksAsync(cancellationToken);
        return new Response(head.Status, first, TimeProvider.System.GetTimestamp(), bytes);
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<(int Status, bool IsChunked, long Length)> ReadHeadAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_end - _start > LongestHead)
            {
                throw new IOException("The head of a response is longer than 16 KiB.");
            }

            await FillAsync(cancellationToken);
        }

        var head = ParseHead(_buffer.AsSpan(_start, length));
        _start += length + 4;
        return head;
    }

    private static (int Status, bool IsChunked, long Length) ParseHead(ReadOnlySpan<byte> head)
    {
        var status = int.Parse(head.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        var length = 0L;
        var isChunked = false;
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (Starts(line, "content-length:"u8))
            {
                length = long.Parse(Encoding.ASCII.GetString(line[15..]), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
            else if (Starts(line, "transfer-encoding:"u8))
            {
                isChunked = true;
            }
        }

        return (status, isChunked, length);
    }

    private static bool Starts(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);

    /// <summary>Reads to the last chunk; the first byte of a stream is that of its first chunk, not of its head.</summary>
    private async ValueTask<(long FirstByte, long Bytes)> ReadChunksAsync(CancellationToken cancellationToken)
    {
        long first = 0, bytes = 0;
        while (true)
        {
            var size = await ReadChunkSizeAsync(cancellationToken);
            first = first == 0 ? TimeProvider.System.GetTimestamp() : first;
            await SkipAsync(size, cancellationToken);
            await SkipLineAsync(cancellationToken);
            bytes += size;
            if (size == 0)
            {
                return (first, bytes);
            }
        }
    }

    private async ValueTask<long> ReadChunkSizeAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0)
        {
            await FillAsync(cancellationToken);
        }

        var size = long.Parse(_buffer.AsSpan(_start, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        _start += length + 2;
        return size;
    }

    private async ValueTask SkipAsync(long bytes, CancellationToken cancellationToken)
    {
        while (bytes > 0)
        {
            if (_start == _end)
            {
                await FillAsync(cancellationToken);
            }

            var taken = (int)Math.Min(bytes, _end - _start);
            Body?.Invoke(_buffer.AsSpan(_start, taken), TimeProvider.System.GetTimestamp());
            _start += taken;
            bytes -= taken;
        }
    }

    /// <summary>The line break behind a chunk is no part of the body.</summary>
    private async ValueTask SkipLineAsync(CancellationToken cancellationToken)
    {
        while (_end - _start < 2)
        {
            await FillAsync(cancellationToken);
        }

        _start += 2;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None, cancellationToken);
        _end += read > 0 ? read : throw new IOException("The connection ended within a response.");
    }
}
