using System.CommandLine;
using PolicyGateway.Hosting;

namespace PolicyGateway.Cli;

/// <summary><c>validate</c>: every fault of configuration, model and policy at once, each naming its key.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = "A configuration file that is read after appsettings.json." };
        var set = new Option<string[]>("--set") { Description = "A setting that wins over files and variables, as for serve." };
        var environment = new Option<string?>("--environment") { Description = "The host environment: Production (default) or Development." };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var command = new Command("validate", "Check configuration, model and policy without starting the gateway.")
        {
            config, set, environment, json,
        };
        command.SetAction((parsed, _) => CommandFault.ReportAsync(() => RunAsync(
            new GatewayHostSettings(parsed.GetValue(environment), parsed.GetValue(config), Settings(parsed.GetValue(set) ?? [])),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output)));
        return command;
    }

    internal static async Task<int> RunAsync(GatewayHostSettings settings, bool asJson, TextWriter output)
    {
        var report = await ValidateChecks.RunAsync(settings);
        if (asJson)
        {
            report.WriteJson(output);
        }
        else
        {
            report.WriteText(output);
        }

        return report.IsValid ? 0 : 1;
    }

    private static Dictionary<string, string?> Settings(string[] pairs)
    {
        try
        {
            return ServeCommand.ParseSettings(pairs);
        }
        catch (FormatException e)
        {
            throw new CommandFault(e.Message, e);
        }
    }
}
