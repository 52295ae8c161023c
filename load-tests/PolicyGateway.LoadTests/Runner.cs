using PolicyGateway.LoadTests.Load;
using PolicyGateway.LoadTests.Servers;

namespace PolicyGateway.LoadTests;

/// <summary>
/// Starts the servers and measures them in turns: every round puts every load on every target, so that whatever disturbs
/// the machine for a while disturbs all of them.
/// </summary>
internal static class Runner
{
    private const int Starts = 3;

    private const int BodyBytes = 1024;

    /// <summary>A target under its loads: benign JSON, and a stream that the gateway holds.</summary>
    private sealed record Subject(string Name, ServerProcess Server, LoadTarget Json, LoadTarget Stream)
    {
        public static Subject Of(string name, ServerProcess server, string? benignToken = null, string? gatedToken = null) => new(
            name,
            server,
            LoadTarget.Chat(name, server.Port, Texts.BenignPrompt, isStream: false, benignToken, BodyBytes),
            LoadTarget.Chat(name, server.Port, Texts.DualUsePrompt, isStream: true, gatedToken));
    }

    public static async Task<Results> RunAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        var results = new Results();
        var folder = Directory.CreateTempSubdirectory("policygateway-load-").FullName;
        var servers = new Stack<IAsyncDisposable>();
        try
        {
            var subjects = await StartAsync(results, servers, folder, settings, cancellationToken);
            foreach (var subject in subjects)
            {
                Progress.Say($"{subject.Name}: warming up");
                await ClosedLoop.RunAsync(subject.Json, settings.Connections, settings.WarmUp / 2, cancellationToken);
                await ClosedLoop.RunAsync(subject.Stream, settings.Connections, settings.WarmUp / 2, cancellationToken);
            }

            for (var round = 1; round <= settings.Rounds; round++)
            {
                await RoundAsync(results, subjects, settings, $"round {round} of {settings.Rounds}", cancellationToken);
            }

            results.ResidentAtMost = subjects[^1].Server.PeakResident();
            return results;
        }
        finally
        {
            while (servers.TryPop(out var server))
            {
                await server.DisposeAsync();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<Subject>> StartAsync(
        Results results, Stack<IAsyncDisposable> servers, string folder, RunSettings settings, CancellationToken cancellationToken)
    {
        Progress.Say("starting the servers");
        var backend = await OwnProcess.BackendAsync(cancellationToken);
        servers.Push(backend);
        var yarp = await OwnProcess.YarpAsync(backend.Port, cancellationToken);
        servers.Push(yarp);
        List<Subject> subjects = [Subject.Of(Results.Direct, backend)];
        if (NginxProcess.IsInstalled)
        {
            var nginx = await NginxProcess.StartAsync(backend.Port, folder, cancellationToken);
            servers.Push(nginx);
            subjects.Add(Subject.Of(Results.Nginx, nginx));
        }
        else
        {
            results.Notes.Add(NginxProcess.HowToInstall);
            Progress.Say(NginxProcess.HowToInstall);
        }

        subjects.Add(Subject.Of(Results.Yarp, yarp));
        for (var start = settings.Rounds == 1 ? 1 : Starts; start > 0; start--)
        {
            var gateway = await GatewayProcess.StartAsync(backend.Port, folder, cancellationToken);
            results.Ready.Add(gateway.Server.ReadyAfter.TotalSeconds);
            if (start > 1)
            {
                await gateway.DisposeAsync();
                continue;
            }

            servers.Push(gateway);
            await gateway.CheckAsync(cancellationToken);
            results.ResidentWhenReady = gateway.Server.Resident();
            subjects.Add(Subject.Of(Results.Gateway, gateway.Server, gateway.Registered, gateway.Professional));
        }

        return subjects;
    }

    private static async Task RoundAsync(
        Results results, List<Subject> subjects, RunSettings settings, string round, CancellationToken cancellationToken)
    {
        foreach (var kind in Enum.GetValues<LoadKind>())
        {
            if (kind == LoadKind.FixedRate && results.Rate == 0)
            {
                results.Rate = settings.Rate > 0 ? settings.Rate : Math.Ceiling(results.Of(Results.Gateway, LoadKind.Throughput).Rounds[0].Rate / 2);
            }

            foreach (var subject in subjects)
            {
                var measurement = await MeasureAsync(subject, kind, results.Rate, settings, cancellationToken);
                results.Of(subject.Name, kind).Rounds.Add(measurement);
                Progress.Say(FormattableString.Invariant(
                    $"{round}, {subject.Name}, {kind}: {measurement.Rate:F0}/s, p50 {measurement.LastByte.P50:F3} ms, {measurement.Cpu:F0} us, {measurement.Failures} failed"));
            }
        }
    }

    private static async Task<Measurement> MeasureAsync(
        Subject subject, LoadKind kind, double rate, RunSettings settings, CancellationToken cancellationToken)
    {
        var cpu = subject.Server.Cpu();
        var start = TimeProvider.System.GetTimestamp();
        var sample = await (kind switch
        {
            LoadKind.Throughput => ClosedLoop.RunAsync(subject.Json, settings.Connections, settings.Duration, cancellationToken),
            LoadKind.OneConnection => ClosedLoop.RunAsync(subject.Json, 1, settings.Duration, cancellationToken),
            LoadKind.Stream => ClosedLoop.RunAsync(subject.Stream, settings.Connections, settings.Duration, cancellationToken),
            _ => OpenLoop.RunAsync(subject.Json, rate, settings.Duration, cancellationToken),
        });
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        return Measurement.Of(sample, elapsed, subject.Server.Cpu() - cpu);
    }
}
