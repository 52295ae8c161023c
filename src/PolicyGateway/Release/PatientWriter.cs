using Microsoft.AspNetCore.Http.Features;

namespace PolicyGateway.Release;

/// <summary>
/// Writes to a client that may read slowly, but not stop: whoever takes nothing of a piece for as long as patience lasts is
/// dropped. The server's own bound counts what its buffers hold, and allows minutes for it.
/// </summary>
/// <param name="context">The request; its response body is the client's until a gate takes its place.</param>
/// <param name="patience">How long one piece may wait.</param>
/// <param name="time">The clock.</param>
/// <remarks>One writes at a time.</remarks>
internal sealed class PatientWriter(HttpContext context, TimeSpan patience, TimeProvider time)
{
    /// <summary>What a client must take before patience runs out, so that who reads steadily gets an answer of any length.</summary>
    private const int Piece = 64 * 1024;

    private readonly IHttpResponseBodyFeature _body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
    private volatile bool _isSpent;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        bool isGone;
        do
        {
            var piece = bytes[..Math.Min(bytes.Length, Piece)];
            bytes = bytes[piece.Length..];
            isGone = await WritePieceAsync(piece, cancellationToken);
        }
        while (bytes.Length > 0 && !isGone);
    }

    /// <summary>Says whether the client is gone, so that nobody reads what is written.</summary>
    private async ValueTask<bool> WritePieceAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        var writing = _body.Writer.WriteAsync(piece, cancellationToken);
        if (writing.IsCompleted)
        {
            return (await writing).IsCompleted;
        }

        await using var timer = time.CreateTimer(static state => ((PatientWriter)state!).Drop(), this, patience, Timeout.InfiniteTimeSpan);
        var written = await writing;
        if (_isSpent)
        {
            // The server tells of the abort a moment later. From then on it is a client that left, as for everybody else.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, context.RequestAborted);
        }

        return written.IsCompleted;
    }

    private void Drop()
    {
        _isSpent = true;
        context.Abort();
    }
}
