using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Streams;

/// <summary>Starts the systems and streams through them in turns.</summary>
internal static class StreamsRunner
{
    public static async Task<StreamsResults> RunAsync(StreamsSettings settings, CancellationToken cancellationToken)
    {
        var results = new StreamsResults();
        await using var started = new StartedServers();
        Progress.Say("starting the servers");
        var systems = await StartAsync(started, cancellationToken);
        foreach (var system in systems)
        {
            Progress.Say($"{system.Name}: warming up");
            await ClosedLoop.RunAsync(system.Target(StreamScript.Fast), settings.Streams, settings.WarmUp / 2, cancellationToken);
            await ClosedLoop.RunAsync(system.Target(StreamScript.Brief), settings.PacedStreams, settings.WarmUp / 2, cancellationToken);
        }

        await CheckAsync(systems, cancellationToken);
        for (var round = 1; round <= settings.Rounds; round++)
        {
            await RoundAsync(results, systems, settings, $"round {round} of {settings.Rounds}", cancellationToken);
        }

        return results;
    }

    private static async Task<List<StreamSystem>> StartAsync(StartedServers started, CancellationToken cancellationToken)
    {
        var backend = started.Add(await OwnProcess.BackendAsync(cancellationToken, isUnbuffered: true));
        var yarp = started.Add(await OwnProcess.YarpAsync(backend.Port, cancellationToken));
        var passing = new GatewaySetup("pass-through", ShippedPolicy.PassThrough(started.Folder));
        return
        [
            new StreamSystem(StreamsResults.Direct, backend),
            new StreamSystem(StreamsResults.Yarp, yarp),
            await GatewayAsync(StreamsResults.PassThrough, passing),
            await GatewayAsync(StreamsResults.Window, GatewaySetup.Shipped),
        ];

        async Task<StreamSystem> GatewayAsync(string name, GatewaySetup setup)
        {
            var gateway = started.Add(await GatewayProcess.StartAsync(backend.Port, started.Folder, cancellationToken, setup));
            await gateway.CheckAsync(cancellationToken);
            return new StreamSystem(name, gateway.Server, gateway.Registered, gateway.Management);
        }
    }

    /// <summary>Makes sure that one gateway lets text leave before it is judged and that the other never does.</summary>
    private static async Task CheckAsync(List<StreamSystem> systems, CancellationToken cancellationToken)
    {
        foreach (var system in systems.Where(static system => system.Management is not null))
        {
            var metrics = await ServerMetrics.ReadAsync(system.Management!.Value, cancellationToken);
            if (metrics.Sum("policygateway_unscanned_bytes_total") > 0 != (system.Name == StreamsResults.PassThrough))
            {
                throw new LoadTestFault($"{system.Name}: streams are not released as its policy says, so the figures would not be of what they say.");
            }
        }
    }

    private static async Task RoundAsync(
        StreamsResults results, List<StreamSystem> systems, StreamsSettings settings, string round, CancellationToken cancellationToken)
    {
        foreach (var script in new[] { StreamScript.Fast, StreamScript.Bulk })
        {
            foreach (var system in systems)
            {
                await FramesAsync(results, system, script, settings, round, cancellationToken);
            }
        }

        foreach (var system in systems)
        {
            var first = await ClosedLoop.RunAsync(
                system.Target(StreamScript.FirstToken), settings.PacedStreams, settings.Duration, cancellationToken, StreamScript.FirstToken.Pace * StreamScript.FirstToken.Count);
            results[system.Name].First.Add(first);
            var latency = Percentiles.Of(first.FirstByte);
            Progress.Say(FormattableString.Invariant($"{round}, {system.Name}: first token p50 {latency.P50:F3} ms, p99 {latency.P99:F3} ms, {first.Failed()}"));
        }

        foreach (var system in systems)
        {
            var lag = await PacedLoad.RunAsync(system, settings.PacedStreams, settings.Duration, cancellationToken);
            results[system.Name].Lag.Add(lag);
            Progress.Say(FormattableString.Invariant(
                $"{round}, {system.Name}: {Percentiles.At(lag.Characters, 50)} characters and {Percentiles.Milliseconds(lag.Time, 50):F1} ms behind, {lag.Failures} failed"));
        }
    }

    private static async Task FramesAsync(
        StreamsResults results, StreamSystem system, StreamScript script, StreamsSettings settings, string round, CancellationToken cancellationToken)
    {
        var before = await system.UsageAsync(cancellationToken);
        var start = TimeProvider.System.GetTimestamp();
        var sample = await ClosedLoop.RunAsync(system.Target(script), settings.Streams, settings.Duration, cancellationToken);
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        var frames = FrameRound.Of(sample, script, elapsed, await system.UsageAsync(cancellationToken) - before);
        results.Rounds(system.Name, script).Add(frames);
        Progress.Say(FormattableString.Invariant(
            $"{round}, {system.Name}, {script.Model}: {frames.Rate:F0} frames/s, {frames.Cpu:F1} us each, {frames.Judge:F1} of them the judge's, {sample.Failed()}"));
    }
}
