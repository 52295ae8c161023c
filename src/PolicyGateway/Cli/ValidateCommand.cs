using System.CommandLine;

namespace PolicyGateway.Cli;

/// <summary><c>validate</c>: every fault of configuration and policy at once, each naming its key.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var config = new Option<string?>("--config") { Description = "The configuration file. Default: appsettings.json." };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var command = new Command("validate", "Check configuration, model and policy without starting the gateway.") { config, json };
        command.SetAction((parsed, cancellationToken) => CommandFault.ReportAsync(async () =>
        {
            var report = await ValidateChecks.RunAsync(parsed.GetValue(config), cancellationToken);
            if (parsed.GetValue(json))
            {
                report.WriteJson(Console.Out);
            }
            else
            {
                report.WriteText(Console.Out);
            }

            return report.IsValid ? 0 : 1;
        }));
        return command;
    }
}
