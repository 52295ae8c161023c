using System.Diagnostics;

namespace PolicyGateway.Tests.Cli;

public sealed class StopTests
{
    [Fact]
    public async Task A_second_Ctrl_C_while_the_demo_stops_is_no_crash()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var demo = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(PolicyGateway.Cli.GatewayCli).Assembly.Location, "demo", "--port", "0", "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var errors = demo.StandardError.ReadToEndAsync(limit.Token);
            Assert.StartsWith("{\"url\":", await demo.StandardOutput.ReadLineAsync(limit.Token), StringComparison.Ordinal);
            using var twice = Process.Start("sh", ["-c", $"kill -INT {demo.Id}; sleep 0.02; kill -INT {demo.Id}"]);
            await demo.WaitForExitAsync(limit.Token);

            Assert.DoesNotContain("Unhandled exception", await errors, StringComparison.Ordinal);
            Assert.Equal(0, demo.ExitCode);
        }
        finally
        {
            if (!demo.HasExited)
            {
                demo.Kill(entireProcessTree: true);
            }
        }
    }
}
