using System.Globalization;
using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests.Held;

/// <summary>Opens streams that are all held, resolves them, and looks at the gateway's memory before, meanwhile and afterwards.</summary>
internal static class HeldRunner
{
    private const int Passes = 2;

    /// <summary>
    /// Most streams that are opened, or resolved, at once: thousands of texts in one moment would find the classifier's queue full,
    /// and be refused for that.
    /// </summary>
    private const int Batch = 100;

    private const int RememberedFaults = 5;

    /// <summary>One connection to the client and one to the backend, and what the process has open besides.</summary>
    private const int FilesPerStream = 2;

    private const int OtherFiles = 500;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    public static async Task<HeldResults> RunAsync(HeldSettings settings, CancellationToken cancellationToken)
    {
        CheckFiles(settings.Streams);
        Progress.Say("starting the servers");
        await using var started = new StartedServers();
        var backend = started.Add(await OwnProcess.BackendAsync(cancellationToken));
        var setup = new GatewaySetup("hold-all", ShippedPolicy.HoldAll(started.Folder), settings.Streams + Batch);
        var gateway = started.Add(await GatewayProcess.StartAsync(backend.Port, started.Folder, cancellationToken, setup));
        await gateway.CheckAsync(cancellationToken);
        var memory = new GatewayMemory(gateway);
        await memory.SettleAsync(cancellationToken);
        var (idle, passes, faults) = (memory.Resident, new List<HeldPass>(), new List<string>());
        using var stage = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{backend.Port}") };
        for (var pass = 1; pass <= Passes; pass++)
        {
            Progress.Say($"pass {pass} of {Passes}: opening {settings.Streams} streams, {idle / 1e6:F0} MB resident when idle");
            passes.Add(await PassAsync(gateway, memory, stage, settings.Streams, faults, cancellationToken));
        }

        return new HeldResults(idle, passes, faults);
    }

    private static async Task<HeldPass> PassAsync(
        GatewayProcess gateway, GatewayMemory memory, HttpClient stage, int count, List<string> faults, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (benign, flagged) = (Target(gateway, StreamScript.HeldBenign), Target(gateway, StreamScript.HeldFlagged));
        var streams = new List<Task<(HeldEnd End, string? Fault)>>(count);
        while (streams.Count < count)
        {
            streams.AddRange(Enumerable.Range(streams.Count, Math.Min(Batch, count - streams.Count))
                .Select(i => HeldStream.RunAsync(i % 2 == 0 ? benign : flagged, cancellationToken)));
            await WaitAsync(
                async () => int.Parse(await stage.GetStringAsync(StreamStage.WaitingPath, cancellationToken), CultureInfo.InvariantCulture) >= streams.Count,
                () => $"of {streams.Count} streams not all are held; the first that ended: {Ended(streams)}", cancellationToken);
        }

        await memory.SettleAsync(cancellationToken);
        var held = memory.Resident;
        var heapHeld = await memory.CollectAsync(cancellationToken);
        var heldFor = TimeProvider.System.GetElapsedTime(start);
        Progress.Say(FormattableString.Invariant($"all held: {held / 1e6:F0} MB resident, {heapHeld / 1e6:F0} MB on the heap; resolving"));
        for (var told = 0; told < count;)
        {
            var more = Math.Min(Batch, count - told);
            await stage.GetStringAsync($"{StreamStage.GoOnPath}?count={more}", cancellationToken);
            told += more;
            await WaitAsync(() => Task.FromResult(streams.Count(static one => one.IsCompleted) >= told), () => "streams that the backend ended did not end.", cancellationToken);
        }

        var ends = await Task.WhenAll(streams);
        faults.AddRange(ends.Where(static one => one.Fault is not null).Select(static one => one.Fault!).Take(RememberedFaults - Math.Min(RememberedFaults, faults.Count)));
        await memory.SettleAsync(cancellationToken);
        var heapAfter = await memory.CollectAsync(cancellationToken);
        int Count(int parity, params HeldEnd[] right) => ends.Where((one, i) => i % 2 == parity && right.Contains(one.End)).Count();
        return new HeldPass(
            count, Count(0, HeldEnd.Released), Count(1, HeldEnd.Status, HeldEnd.Block), Count(1, HeldEnd.Status), held, heapHeld, memory.Resident, heapAfter, heldFor);
    }

    private static LoadTarget Target(GatewayProcess gateway, StreamScript script) =>
        LoadTarget.Chat("held", gateway.Server.Port, Texts.BenignPrompt, isStream: true, gateway.Registered, model: script.Model);

    private static string Ended(List<Task<(HeldEnd End, string? Fault)>> streams) =>
        streams.Find(static one => one.IsCompletedSuccessfully)?.Result is { } ended ? ended.Fault ?? ended.End.ToString() : "none";

    private static async Task WaitAsync(Func<Task<bool>> isDoneAsync, Func<string> fault, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await isDoneAsync())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Longest)
            {
                throw new LoadTestFault($"After {Longest.TotalMinutes:0} minutes {fault()}");
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    private static void CheckFiles(int streams)
    {
        // The runtime raises its own limit to the hard one.
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var hard = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[4];
        var needed = (streams * FilesPerStream) + OtherFiles;
        if (long.TryParse(hard, CultureInfo.InvariantCulture, out var limit) && limit < needed)
        {
            throw new LoadTestFault($"{streams} held streams need {needed} open files and the hard limit is {limit}: raise it (ulimit -Hn {needed}), or give fewer --streams.");
        }
    }
}
