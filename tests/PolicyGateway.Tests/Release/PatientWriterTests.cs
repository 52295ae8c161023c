using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using PolicyGateway.Release;

namespace PolicyGateway.Tests.Release;

/// <summary>The way to a client that may read slowly, but not stop.</summary>
public sealed class PatientWriterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Connection _connection = new();

    [Fact]
    public async Task Who_takes_a_piece_within_patience_gets_an_answer_of_any_length()
    {
        var answer = new byte[1_000_000];
        new Random(1).NextBytes(answer);
        var (start, received) = (_time.GetUtcNow(), new List<byte>());

        var writing = Writer().WriteAsync(answer, _connection.RequestAborted).AsTask();
        while (received.Count < answer.Length)
        {
            var read = await _connection.Client.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            foreach (var segment in read.Buffer)
            {
                received.AddRange(segment.Span);
            }

            _time.Advance(Patience - TimeSpan.FromSeconds(1));
            _connection.Client.AdvanceTo(read.Buffer.End);
        }

        await writing.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(answer, received);
        Assert.False(_connection.RequestAborted.IsCancellationRequested);
        Assert.True(_time.GetUtcNow() - start > 10 * Patience);
    }

    [Fact]
    public async Task Who_takes_nothing_is_dropped_when_patience_is_spent()
    {
        var writing = Writer().WriteAsync(new byte[1_000_000], _connection.RequestAborted).AsTask();

        _time.Advance(Patience - TimeSpan.FromSeconds(1));
        Assert.False(writing.IsCompleted);
        Assert.False(_connection.RequestAborted.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(_connection.RequestAborted.IsCancellationRequested);
    }

    [Fact]
    public async Task To_who_has_left_no_more_than_a_piece_is_written()
    {
        await _connection.Client.CompleteAsync();

        await Writer().WriteAsync(new byte[1_000_000], _connection.RequestAborted).AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.InRange(_connection.Written, 1, 64 * 1024);
    }

    public void Dispose() => _connection.Dispose();

    private PatientWriter Writer()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(_connection);
        context.Features.Set<IHttpRequestLifetimeFeature>(_connection);
        return new PatientWriter(context, Patience, _time);
    }

    /// <summary>The server's end of a connection whose buffer is full with the first byte.</summary>
    private sealed class Connection : PipeWriter, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature, IDisposable
    {
        private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        private readonly CancellationTokenSource _aborted = new();

        public PipeReader Client => _pipe.Reader;

        public long Written { get; private set; }

        public PipeWriter Writer => this;

        public Stream Stream => throw new NotSupportedException();

        public CancellationToken RequestAborted { get => _aborted.Token; set => throw new NotSupportedException(); }

        public override void Advance(int bytes)
        {
            Written += bytes;
            _pipe.Writer.Advance(bytes);
        }

        public override void CancelPendingFlush() => _pipe.Writer.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => _pipe.Writer.Complete(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _pipe.Writer.FlushAsync(cancellationToken);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _pipe.Writer.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _pipe.Writer.GetSpan(sizeHint);

        public void Abort()
        {
            // As the server does: writes come back at once, and a moment later it is told that the request was aborted.
            _pipe.Reader.Complete();
            _aborted.CancelAfter(TimeSpan.FromMilliseconds(50));
        }

        public void Dispose() => _aborted.Dispose();

        public Task CompleteAsync() => throw new NotSupportedException();

        public void DisableBuffering() => throw new NotSupportedException();

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
