using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>Streams at the pace of a model, watched piece by piece.</summary>
internal static class PacedLoad
{
    public static async Task<Lag> RunAsync(StreamSystem system, int streams, TimeSpan duration, CancellationToken cancellationToken)
    {
        var script = StreamScript.Paced;
        var workers = Enumerable.Range(0, streams).Select(i => Task.Run(() => WorkAsync(script.Pace * i / streams), cancellationToken));
        var sum = new Lag();
        foreach (var lag in await Task.WhenAll(workers))
        {
            sum.Add(lag);
        }

        return sum;

        async Task<Lag> WorkAsync(TimeSpan wait)
        {
            var lag = new Lag();
            var target = system.Target(script);
            var start = TimeProvider.System.GetTimestamp();
            await Task.Delay(wait, cancellationToken);
            do
            {
                try
                {
                    await WatchAsync(lag, script, target, cancellationToken);
                }
                catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
                {
                    lag.Fail();
                }
            }
            while (TimeProvider.System.GetElapsedTime(start) < duration);
            return lag;
        }
    }

    private static async Task WatchAsync(Lag lag, StreamScript script, LoadTarget target, CancellationToken cancellationToken)
    {
        var (bytes, pieces) = (0L, new List<(long Bytes, long Time)>(script.Count + 1));
        using var connection = await HttpConnection.OpenAsync(target.Port, cancellationToken, (piece, time) => pieces.Add((bytes += piece.Length, time)));
        var sent = TimeProvider.System.GetTimestamp();
        if (target.Expects(await connection.SendAsync(target.Request, cancellationToken)))
        {
            lag.Hear(script, sent, pieces);
        }
        else
        {
            lag.Fail();
        }
    }
}
