using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace PolicyGateway.Release;

/// <summary>
/// The way to the client while the gate stands in the response's place. One writes at a time: frames that are released,
/// and between them the comments that keep an idle connection open.
/// </summary>
/// <param name="context">The request; its response features are the client's until the gate takes their place.</param>
/// <param name="decisionId">Stands in the head.</param>
/// <param name="mediaType">What a head says that leaves before the backend's.</param>
/// <param name="patience">How long a write may wait for a client that does not read; then the connection is dropped.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientStream(HttpContext context, string decisionId, string mediaType, TimeSpan patience, TimeProvider time) : IDisposable
{
    private readonly IHttpResponseFeature _response = context.Features.GetRequiredFeature<IHttpResponseFeature>();
    private readonly PatientWriter _writer = new(context, patience, time);
    private readonly SemaphoreSlim _one = new(1, 1);
    private long _lastWrite = time.GetTimestamp();

    /// <summary>Whether status and headers have left.</summary>
    public bool HasStarted => _response.HasStarted;

    /// <summary>Time since something was written, or since the request began.</summary>
    public TimeSpan Idle => time.GetElapsedTime(Volatile.Read(ref _lastWrite));

    /// <summary>Writes frames, behind the backend's head where nothing has left yet.</summary>
    public async ValueTask ReleaseAsync(HeldResponse head, ReadOnlySequence<byte> frames, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            head.CopyHeadOnce(decisionId);
            foreach (var piece in frames)
            {
                await WriteAsync(piece, cancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Writes a comment if nothing was written for so long; commits a 200 where nothing has left yet.</summary>
    public async ValueTask KeepAliveAsync(ReadOnlyMemory<byte> comment, TimeSpan idle, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (Idle < idle)
            {
                return;
            }

            if (!_response.HasStarted)
            {
                _response.StatusCode = StatusCodes.Status200OK;
                _response.Headers.ContentType = $"{mediaType}; charset=utf-8";
                ResponseHead.Stamp(_response, decisionId);
            }

            await WriteAsync(comment, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _writer.WriteAsync(bytes, cancellationToken);
        Volatile.Write(ref _lastWrite, time.GetTimestamp());
    }
}
