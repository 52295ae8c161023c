using System.CommandLine;
using PolicyGateway.Hosting;
using PolicyGateway.State;

namespace PolicyGateway.Cli;

/// <summary><c>state backup</c>: copies the store beside a running gateway.</summary>
internal static class StateCommand
{
    private const int Unusable = 2;

    public static Command Create()
    {
        var target = new Argument<string>("file") { Description = "The new file; one that is there is not overwritten." };
        var data = new Option<string?>("--data") { Description = "The data folder. Default: Gateway:DataDirectory of the configuration, else 'data'.", HelpName = "DIR" };
        var backup = new Command("backup", "Copy the store, as it stands at one moment, into a new file; works while the gateway runs.") { target, data };
        backup.SetAction(parsed =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                var configuration = GatewayHost.CreateBuilder(new GatewayHostSettings()).Configuration;
                var options = parsed.GetValue(data) is { } folder ? new StateOptions().ResolvePaths(folder) : configuration.ReadStateOptions();
                SqliteStateStore.BackUp(options, Path.GetFullPath(parsed.GetRequiredValue(target)));
                output.WriteLine($"Copied {options.File}. To restore it, stop the gateway, put the copy in its place and remove the files {Path.GetFileName(options.File)}-wal and -shm.");
                return 0;
            }
            catch (Exception fault) when (fault is StateUnavailableException or IOException or UnauthorizedAccessException)
            {
                error.WriteLine(fault.Message);
                return Unusable;
            }
        });
        return new Command("state", "The store of grants, keys, requests and revocations.") { backup };
    }
}
