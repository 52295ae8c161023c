namespace PolicyGateway.LoadTests.Load;

/// <summary>Connections that send their next request as soon as the last one is answered: how much a server can do.</summary>
internal static class ClosedLoop
{
    public static async Task<Sample> RunAsync(LoadTarget target, int connections, TimeSpan duration, CancellationToken cancellationToken)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(duration.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var workers = Enumerable.Range(0, connections).Select(_ => Task.Run(() => WorkAsync(target, end, cancellationToken), cancellationToken));
        var sum = new Sample();
        foreach (var sample in await Task.WhenAll(workers))
        {
            sum.Add(sample);
        }

        return sum;
    }

    private static async Task<Sample> WorkAsync(LoadTarget target, long end, CancellationToken cancellationToken)
    {
        var sample = new Sample();
        HttpConnection? connection = null;
        try
        {
            while (TimeProvider.System.GetTimestamp() is var now && now < end)
            {
                try
                {
                    connection ??= await HttpConnection.OpenAsync(target.Port, cancellationToken);
                    sample.Hear(now, await connection.SendAsync(target.Request, cancellationToken));
                }
                catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
                {
                    sample.Fail();
                    connection?.Dispose();
                    connection = null;

                    // A server that is gone must not be asked a million times.
                    await Task.Delay(10, cancellationToken);
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
