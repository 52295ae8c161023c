namespace PolicyGateway.Release;

/// <summary>
/// Takes the place of <c>Response.Body</c> between the proxy and the client, so that the proxy keeps reading the backend
/// while nothing leaves. Holding is what it does unless it was told to let through.
/// </summary>
/// <remarks>Written by one writer, the proxy; it never throws for a policy reason.</remarks>
internal sealed class ReleaseGate(HeldBytes held, UpstreamValve valve, TimeProvider time) : Stream
{
    private readonly Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask>? _passThrough;
    private readonly Func<CancellationToken, ValueTask>? _arrived;

    /// <summary>A gate that lets bytes through as they come and keeps a copy for judging alongside.</summary>
    public ReleaseGate(HeldBytes held, UpstreamValve valve, TimeProvider time, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> passThrough)
        : this(held, valve, time) => _passThrough = passThrough;

    /// <summary>A gate that holds, and tells when bytes have come.</summary>
    public ReleaseGate(HeldBytes held, UpstreamValve valve, TimeProvider time, Func<CancellationToken, ValueTask> arrived)
        : this(held, valve, time) => _arrived = arrived;

    /// <summary>When the backend's first byte came; null before it.</summary>
    public long? FirstByteAt { get; private set; }

    /// <summary>Bytes that came after the copy was full: let through and never judged.</summary>
    public long Unjudged { get; private set; }

    /// <summary>Whether bytes may have left through it.</summary>
    public bool HasPassed => _passThrough is not null && FirstByteAt is not null;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>As before the first byte; only for one through which nothing passed.</summary>
    public void Restart() => FirstByteAt = null;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FirstByteAt ??= time.GetTimestamp();
        var kept = Unjudged == 0 && held.TryAppend(buffer.Span);
        if (_passThrough is not null)
        {
            Unjudged += kept ? 0 : buffer.Length;
            return _passThrough(buffer, cancellationToken);
        }

        if (!kept)
        {
            valve.Close(UpstreamEnd.TooLarge);
            return ValueTask.CompletedTask;
        }

        return _arrived is null || valve.End != UpstreamEnd.Complete ? ValueTask.CompletedTask : _arrived(cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("The gate is written asynchronously.");

    /// <summary>Nothing to flush: what is held stays held, and what passes is flushed as it passes.</summary>
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
