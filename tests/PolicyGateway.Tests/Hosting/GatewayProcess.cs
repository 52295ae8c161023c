using System.Diagnostics;
using PolicyGateway.Hosting;

namespace PolicyGateway.Tests.Hosting;

/// <summary>The built program, run as an operator runs it.</summary>
internal static class GatewayProcess
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static Process Start(string workingDirectory, params IEnumerable<string> arguments) => Start(workingDirectory, takesInput: false, arguments);

    /// <summary>The same with a standard input that the test writes.</summary>
    public static Process StartWithInput(string workingDirectory, params IEnumerable<string> arguments) => Start(workingDirectory, takesInput: true, arguments);

    /// <summary>The same with other variables; null removes one.</summary>
    public static Process StartWith(string workingDirectory, IReadOnlyDictionary<string, string?> variables, params IEnumerable<string> arguments) =>
        Start(workingDirectory, takesInput: false, arguments, variables);

    private static Process Start(string workingDirectory, bool takesInput, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? variables = null)
    {
        // The test host is dotnet itself, or was started by one that is on the path.
        var dotnet = Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet";
        var start = new ProcessStartInfo(dotnet, ["exec", typeof(GatewayHost).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = takesInput,
            WorkingDirectory = workingDirectory,
        };
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        start.Environment.Remove("DOTNET_ENVIRONMENT");
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>The next line of standard output; a process that ends instead fails the test with what it said.</summary>
    public static async Task<string> ReadLineAsync(Process process)
    {
        using var limit = new CancellationTokenSource(Longest);
        return await process.StandardOutput.ReadLineAsync(limit.Token)
            ?? throw new InvalidOperationException("The gateway ended: " + await process.StandardError.ReadToEndAsync(limit.Token));
    }

    /// <summary>SIGKILL: nothing of the process runs after it.</summary>
    public static async Task KillAsync(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
    }
}
