namespace PolicyGateway.Release;

/// <summary>Why the backend's answer ended.</summary>
internal enum UpstreamEnd
{
    /// <summary>The backend ended it.</summary>
    Complete,

    /// <summary>It broke off: reset, truncated, timed out.</summary>
    Broken,

    /// <summary>More bytes than may be held.</summary>
    TooLarge,

    /// <summary>Held for longer than allowed.</summary>
    TooSlow,

    /// <summary>A verdict stopped it.</summary>
    Refused,
}

/// <summary>
/// Stands between the backend's body and the proxy and can report its end at any time. Closing it drops the backend at once
/// while the client's connection stays good for a refusal; cancelling the request would reset that connection, and the
/// refusal would be lost. A backend that breaks off also looks like an end to the proxy, so that it is ours to answer.
/// </summary>
internal sealed class UpstreamValve : IDisposable
{
    private CancellationTokenSource _closed = new();
    private const int Sealed = -1;
    private int _end = (int)UpstreamEnd.Complete;

    public UpstreamEnd End => Volatile.Read(ref _end) is var end and not Sealed ? (UpstreamEnd)end : UpstreamEnd.Complete;

    /// <summary>The answer is there, whole: nothing that closes the valve from now on changes how it ended.</summary>
    /// <returns>Whether it is; false where something had closed the valve before.</returns>
    public bool TrySeal() =>
        Interlocked.CompareExchange(ref _end, Sealed, (int)UpstreamEnd.Complete) is Sealed or (int)UpstreamEnd.Complete;

    /// <summary>Ends the answer. The first reason given stays.</summary>
    public void Close(UpstreamEnd reason)
    {
        if (Interlocked.CompareExchange(ref _end, (int)reason, (int)UpstreamEnd.Complete) == (int)UpstreamEnd.Complete)
        {
            _closed.Cancel();
        }
    }

    /// <summary>Opens it for another backend's answer, when the one that broke off is no longer read.</summary>
    public void Reopen()
    {
        if (End == UpstreamEnd.Broken)
        {
            // In this order: whoever closes it from now on finds what to cancel.
            var broken = _closed;
            _closed = new CancellationTokenSource();
            Volatile.Write(ref _end, (int)UpstreamEnd.Complete);
            broken.Dispose();
        }
    }

    public HttpContent Wrap(HttpContent content) => new ValveContent(content, this);

    public void Dispose() => _closed.Dispose();

    private sealed class ValveContent(HttpContent inner, UpstreamValve valve) : HttpContent
    {
        protected override async Task<Stream> CreateContentReadStreamAsync() =>
            new ValveStream(await inner.ReadAsStreamAsync(), valve);

        protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
            CreateContentReadStreamAsync();

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            throw new NotSupportedException("The proxy reads this content as a stream.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }

    private sealed class ValveStream(Stream inner, UpstreamValve valve) : Stream
    {
        private CancellationToken _proxy;
        private CancellationTokenSource? _either;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (valve.End != UpstreamEnd.Complete)
            {
                return 0;
            }

            try
            {
                return await inner.ReadAsync(buffer, Either(cancellationToken));
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException)
            {
                // Reset, truncated, silent for too long, or closed by us: all are ends, and Close keeps the first reason.
                valve.Close(UpstreamEnd.Broken);
                return 0;
            }
        }

        /// <summary>The proxy reads with one token from first to last, so it is linked once.</summary>
        private CancellationToken Either(CancellationToken cancellationToken)
        {
            if (_either is null || _proxy != cancellationToken)
            {
                _either?.Dispose();
                _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, valve._closed.Token);
                _proxy = cancellationToken;
            }

            return _either.Token;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _either?.Dispose();
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
