using System.Buffers;
using System.Text;
using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Held;

/// <summary>How one held stream ended.</summary>
internal enum HeldEnd
{
    /// <summary>Every byte of the backend came, and nothing else but comments.</summary>
    Released,

    /// <summary>An honest 403.</summary>
    Status,

    /// <summary>The dialect's block, behind keep-alives.</summary>
    Block,

    /// <summary>Neither.</summary>
    Wrong,
}

/// <summary>One stream that is held, and what its client makes of what comes in the end.</summary>
internal static class HeldStream
{
    // A head fits, and thousands of connections do not take more memory than the gateway.
    private const int BufferBytes = 20 * 1024;

    private static readonly byte[] Whole = StreamScript.HeldBenign.ToArray();

    // How the two texts of the backend begin: what must not be in a refusal, whatever stands around it.
    private static readonly byte[] Benign = Encoding.UTF8.GetBytes(Texts.Stream[..StreamScript.Characters]);

    private static readonly byte[] Gated = Encoding.UTF8.GetBytes(Texts.GatedCompletion[..StreamScript.Characters]);

    public static async Task<(HeldEnd End, string? Fault)> RunAsync(LoadTarget target, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            using var connection = await HttpConnection.OpenAsync(target.Port, cancellationToken, (piece, _) => body.Write(piece), BufferBytes);
            var response = await connection.SendAsync(target.Request, cancellationToken);
            var end = EndOf(response.Status, body.WrittenSpan);
            return (end, end == HeldEnd.Wrong ? $"status {response.Status}, {body.WrittenCount} bytes of body: {Start(body.WrittenSpan)}" : null);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            return (HeldEnd.Wrong, exception.Message);
        }
    }

    private static HeldEnd EndOf(int status, ReadOnlySpan<byte> body)
    {
        // Comments stand in front: nothing else leaves before the end.
        var rest = body;
        while (rest.StartsWith(":"u8) && rest.IndexOf("\n\n"u8) is >= 0 and var end)
        {
            rest = rest[(end + 2)..];
        }

        if (status == 200 && rest.SequenceEqual(Whole))
        {
            return HeldEnd.Released;
        }

        var isSilent = body.IndexOf(Benign) < 0 && body.IndexOf(Gated) < 0;
        return !isSilent ? HeldEnd.Wrong
            : status == 403 ? HeldEnd.Status
            : status == 200 && rest.IndexOf("content_filter"u8) >= 0 ? HeldEnd.Block
            : HeldEnd.Wrong;
    }

    private static string Start(ReadOnlySpan<byte> body) => Encoding.UTF8.GetString(body[..Math.Min(300, body.Length)]);
}
