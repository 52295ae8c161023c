namespace PolicyGateway.LoadTests.Load;

/// <summary>Connections that send their next request as soon as the last one is answered: how much a server can do.</summary>
internal static class ClosedLoop
{
    /// <param name="target">Who is asked what.</param>
    /// <param name="connections">How many ask at once.</param>
    /// <param name="duration">After it no request is sent; those that were are heard out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="longestWait">Before each request a connection waits at random, up to so long: streams of one pace would beat in time.</param>
    public static async Task<Sample> RunAsync(
        LoadTarget target, int connections, TimeSpan duration, CancellationToken cancellationToken, TimeSpan longestWait = default)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(duration.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var workers = Enumerable.Range(0, connections).Select(i => Task.Run(() => WorkAsync(target, longestWait, new Random(i), end, cancellationToken), cancellationToken));
        var sum = new Sample();
        foreach (var sample in await Task.WhenAll(workers))
        {
            sum.Add(sample);
        }

        return sum;
    }

    private static async Task<Sample> WorkAsync(LoadTarget target, TimeSpan longestWait, Random random, long end, CancellationToken cancellationToken)
    {
        var sample = new Sample();
        HttpConnection? connection = null;
        TimeSpan? own = TimeSpan.Zero;
        try
        {
            while (true)
            {
                if (longestWait > TimeSpan.Zero)
                {
                    await Task.Delay(longestWait * random.NextDouble(), cancellationToken);
                }

                var now = TimeProvider.System.GetTimestamp();
                if (now >= end)
                {
                    break;
                }

                try
                {
                    connection ??= await HttpConnection.OpenAsync(target.Port, cancellationToken, target.OwnTime is null ? null : (piece, _) => own ??= target.OwnTime(piece));
                    own = target.OwnTime is null ? TimeSpan.Zero : null;
                    var response = await connection.SendAsync(target.Request, cancellationToken);
                    sample.Hear(now + (long)((own?.TotalSeconds ?? 0) * TimeProvider.System.TimestampFrequency), response, target.Expects(response) && own is not null);
                }
                catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
                {
                    sample.Fail(exception.Message);
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
