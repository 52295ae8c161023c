using System.Diagnostics;
using PolicyGateway.Cli;

namespace PolicyGateway.Tests.Cli;

/// <summary>The gateway's command line as a terminal starts it.</summary>
internal static class ForegroundProcess
{
    /// <summary>
    /// How to start it. What a script starts in its background ignores Ctrl-C, and so do all processes under it: a test run that
    /// is started so would wait for commands that end by nothing else.
    /// </summary>
    public static ProcessStartInfo Of(params IEnumerable<string> arguments)
    {
        string[] command = ["dotnet", typeof(GatewayCli).Assembly.Location, .. arguments];
        return OperatingSystem.IsLinux() ? new ProcessStartInfo("env", ["--default-signal=INT", .. command]) : new ProcessStartInfo(command[0], command[1..]);
    }
}
