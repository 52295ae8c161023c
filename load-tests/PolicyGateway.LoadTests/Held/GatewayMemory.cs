using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Held;

/// <summary>The gateway's memory, seen from outside. A full collection is asked for at the runtime's diagnostics port, as dotnet-gcdump does.</summary>
internal sealed class GatewayMemory(GatewayProcess gateway)
{
    private const string Provider = "Microsoft-Windows-DotNETRuntime";

    // GCHeapCollect: the runtime makes a full, blocking collection when the session begins.
    private const long Collect = 0x800000;

    // What the first one finds with finalizers, the second one frees.
    private const int Collections = 2;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public double Resident => gateway.Server.Resident() * 1e6;

    /// <summary>Bytes of live objects on the heap, behind a full collection.</summary>
    public async Task<double> CollectAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < Collections; i++)
        {
            await CollectOnceAsync(cancellationToken);
        }

        var metrics = await ReadAsync(cancellationToken);
        return metrics.Sum("dotnet_gc_last_collection_heap_size_bytes") - metrics.Sum("dotnet_gc_last_collection_heap_fragmentation_size_bytes");
    }

    /// <summary>Waits until the gateway does next to nothing.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var (pause, start) = (TimeSpan.FromMilliseconds(500), TimeProvider.System.GetTimestamp());
        TimeSpan used;
        do
        {
            var before = gateway.Server.Cpu();
            await Task.Delay(pause, cancellationToken);
            used = gateway.Server.Cpu() - before;
        }
        while (used > pause / 20 && TimeProvider.System.GetElapsedTime(start) < Longest);
    }

    private async Task CollectOnceAsync(CancellationToken cancellationToken)
    {
        var before = FullCollections(await ReadAsync(cancellationToken));
        using var session = await new DiagnosticsClient(gateway.Server.Id).StartEventPipeSessionAsync(
            new EventPipeProvider(Provider, EventLevel.Informational, Collect), requestRundown: false, token: cancellationToken);

        // Read and dropped, or the session could not end.
        var reading = session.EventStream.CopyToAsync(Stream.Null, cancellationToken);
        var start = TimeProvider.System.GetTimestamp();
        while (FullCollections(await ReadAsync(cancellationToken)) <= before)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Longest)
            {
                throw new LoadTestFault("The gateway made no full collection within 30 s of being asked at its diagnostics port.");
            }
        }

        await session.StopAsync(cancellationToken);
        await reading;
    }

    private static double FullCollections(ServerMetrics metrics) =>
        metrics.Sum("dotnet_gc_collections_total", "gc_heap_generation=\"gen2\"");

    private Task<ServerMetrics> ReadAsync(CancellationToken cancellationToken) => ServerMetrics.ReadAsync(gateway.Management, cancellationToken);
}
