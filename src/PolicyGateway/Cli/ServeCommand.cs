using System.CommandLine;
using PolicyGateway.Bundles;
using PolicyGateway.Hosting;

namespace PolicyGateway.Cli;

/// <summary><c>serve</c>, and what the program does when no command is named.</summary>
internal static class ServeCommand
{
    public static void AddTo(RootCommand root)
    {
        var serve = new Command("serve", "Runs the gateway until it is told to stop (the default command).");
        Define(serve);
        Define(root);
        root.Subcommands.Add(serve);
    }

    /// <summary>Reads <c>Key:Sub=value</c> pairs; a pair without '=' is a fault that names it.</summary>
    public static Dictionary<string, string?> ParseSettings(IEnumerable<string> pairs)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new FormatException($"--set takes Key=Value, such as Gateway:PublicUrl=https://llm.example.org, and '{pair}' is none.");
            }

            settings[pair[..equals]] = pair[(equals + 1)..];
        }

        return settings;
    }

    private static void Define(Command command)
    {
        var config = new Option<string?>("--config") { Description = "A configuration file that is read after appsettings.json." };
        var set = new Option<string[]>("--set") { Description = "A setting that wins over files and variables: --set Gateway:PublicUrl=https://llm.example.org", AllowMultipleArgumentsPerToken = false };
        var environment = new Option<string?>("--environment") { Description = "The host environment: Production (default) or Development." };
        command.Options.Add(config);
        command.Options.Add(set);
        command.Options.Add(environment);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(config), parsed.GetValue(set) ?? [], parsed.GetValue(environment), cancellationToken));
    }

    private static async Task<int> RunAsync(string? config, string[] set, string? environment, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = GatewayHost.Build(new GatewayHostSettings(environment, config, Overrides: ParseSettings(set)));
            await GatewayHost.StartAsync(app, cancellationToken);
            FreedMemory.ReturnAll();
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (Exception exception) when (StartFaults.Of(exception) is { Count: > 0 } faults)
        {
            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync(fault);
            }

            return 1;
        }
    }
}
