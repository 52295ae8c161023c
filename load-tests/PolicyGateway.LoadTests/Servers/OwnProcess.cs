using System.Diagnostics;

namespace PolicyGateway.LoadTests.Servers;

/// <summary>Starts the driver's own servers, each in a process of its own so that its CPU can be told apart.</summary>
internal static class OwnProcess
{
    public static Task<ServerProcess> BackendAsync(CancellationToken cancellationToken, bool isUnbuffered = false) =>
        StartAsync("backend", ServerProcess.FreePort(), isUnbuffered ? [ScriptedBackend.Unbuffered] : [], cancellationToken);

    public static Task<ServerProcess> YarpAsync(int backend, CancellationToken cancellationToken) =>
        StartAsync("yarp", ServerProcess.FreePort(), ["--backend", $"http://127.0.0.1:{backend}"], cancellationToken);

    private static Task<ServerProcess> StartAsync(string command, int port, string[] more, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OwnProcess).Assembly.Location, command, "--port", $"{port}", .. more]);
        return ServerProcess.StartAsync(command, port, new Uri($"http://127.0.0.1:{port}/"), start, cancellationToken);
    }
}
