using System.Threading.Channels;

namespace PolicyGateway.LoadTests.Load;

/// <summary>
/// Requests at a fixed rate, however the server does. Latency counts from the time at which a request was to be sent, so
/// that a stall shows in all the requests that it kept waiting (no coordinated omission).
/// </summary>
internal static class OpenLoop
{
    private const int MostConnections = 256;

    public static async Task<Sample> RunAsync(LoadTarget target, double rate, TimeSpan duration, CancellationToken cancellationToken)
    {
        var due = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleWriter = true });
        var connections = (int)Math.Clamp(rate / 10, 8, MostConnections);
        var workers = Enumerable.Range(0, connections).Select(_ => Task.Run(() => WorkAsync(target, due.Reader, cancellationToken), cancellationToken)).ToArray();
        await Task.Factory.StartNew(
            () => Pace(due.Writer, rate, duration, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        due.Writer.Complete();
        var sum = new Sample();
        foreach (var sample in await Task.WhenAll(workers))
        {
            sum.Add(sample);
        }

        return sum;
    }

    /// <summary>Hands out the times that have come. On a thread of its own, so that busy workers do not slow the clock.</summary>
    private static void Pace(ChannelWriter<long> due, double rate, TimeSpan duration, CancellationToken cancellationToken)
    {
        var frequency = TimeProvider.System.TimestampFrequency;
        var start = TimeProvider.System.GetTimestamp();
        var count = (long)(rate * duration.TotalSeconds);
        for (var i = 0L; i < count && !cancellationToken.IsCancellationRequested;)
        {
            var now = TimeProvider.System.GetTimestamp();
            while (i < count && start + (long)(i * frequency / rate) is var time && time <= now)
            {
                due.TryWrite(time);
                i++;
            }

            // Spinning would be more exact and would take a core from the servers.
            Thread.Sleep(1);
        }
    }

    private static async Task<Sample> WorkAsync(LoadTarget target, ChannelReader<long> due, CancellationToken cancellationToken)
    {
        var sample = new Sample();
        HttpConnection? connection = null;
        try
        {
            await foreach (var intended in due.ReadAllAsync(cancellationToken))
            {
                try
                {
                    connection ??= await HttpConnection.OpenAsync(target.Port, cancellationToken);
                    var response = await connection.SendAsync(target.Request, cancellationToken);
                    sample.Hear(intended, response, target.Expects(response));
                }
                catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
                {
                    sample.Fail(exception.Message);
                    connection?.Dispose();
                    connection = null;
                }
            }
        }
        finally
        {
            connection?.Dispose();
        }

        return sample;
    }
}
