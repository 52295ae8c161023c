using System.CommandLine;
using Yarp.ReverseProxy.Configuration;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>YARP with one route and nothing else: what the gateway would cost if it had no policy.</summary>
internal static class BareYarp
{
    public static Command CreateCommand()
    {
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1.", Required = true };
        var backend = new Option<string>("--backend") { Description = "Address to forward to.", Required = true };
        var command = new Command("yarp", "Bare YARP in front of a backend; run starts it.") { port, backend };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(port), parsed.GetRequiredValue(backend), cancellationToken));
        return command;
    }

    private static async Task RunAsync(int port, string backend, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "backend", Match = new RouteMatch { Path = "{**path}" } }],
            [new ClusterConfig { ClusterId = "backend", Destinations = new Dictionary<string, DestinationConfig> { ["backend"] = new() { Address = backend } } }]);
        await using var app = builder.Build();
        app.UseRouting();
        app.MapReverseProxy();
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
    }
}
