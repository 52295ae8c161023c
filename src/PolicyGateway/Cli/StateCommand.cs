using System.CommandLine;
using PolicyGateway.Hosting;
using PolicyGateway.State;

namespace PolicyGateway.Cli;

/// <summary><c>state backup</c>: copies the store beside a running gateway; <c>state accept-restore</c>: starts with such a copy in spite of what it lacks.</summary>
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
                var options = OptionsOf(parsed.GetValue(data));
                SqliteStateStore.BackUp(options, Path.GetFullPath(parsed.GetRequiredValue(target)), TimeProvider.System);
                output.WriteLine($"Copied {options.File}. To restore it, stop the gateway, put the copy in its place, remove the files {Path.GetFileName(options.File)}-wal and -shm, and leave the audit where it is: what was taken away since is taken away again from it.");
                return 0;
            }
            catch (Exception fault) when (fault is StateUnavailableException or IOException or UnauthorizedAccessException)
            {
                error.WriteLine(fault.Message);
                return Unusable;
            }
        });
        var accept = new Command("accept-restore", "Let the gateway start with a restored store although the audit does not say of all that was revoked since whom it named; revoke that again by hand.") { data };
        accept.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                using var store = SqliteStateStore.Open(OptionsOf(parsed.GetValue(data)), TimeProvider.System);
                var marks = BackupMark.SetOf(store);
                if (await marks.FindAsync(BackupMark.Id, cancellationToken) is not { } mark || !await store.TryWriteAsync([marks.Replace(mark, mark.Value with { IsAccepted = true })], cancellationToken))
                {
                    await error.WriteLineAsync("This is no store that was restored from a backup and waits for a gateway to start.");
                    return Unusable;
                }

                await output.WriteLineAsync("The next start takes away again what it can, and goes on.");
                return 0;
            }
            catch (Exception fault) when (fault is StateUnavailableException or IOException or UnauthorizedAccessException)
            {
                await error.WriteLineAsync(fault.Message);
                return Unusable;
            }
        });
        return new Command("state", "The store of grants, keys, requests and revocations.") { backup, accept };
    }

    private static StateOptions OptionsOf(string? folder) => folder is null
        ? GatewayHost.CreateBuilder(new GatewayHostSettings()).Configuration.ReadStateOptions()
        : new StateOptions().ResolvePaths(folder);
}
