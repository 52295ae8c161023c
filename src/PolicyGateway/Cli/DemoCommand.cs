using System.CommandLine;
using PolicyGateway.Demo;

namespace PolicyGateway.Cli;

/// <summary><c>demo</c>: the whole product on this machine, with nothing to install or configure.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port")
        {
            Description = "Where the gateway listens on 127.0.0.1; 0 picks a free port.",
            DefaultValueFactory = _ => 8080,
        };
        port.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 0 or > 65535)
            {
                result.AddError("--port must be from 0 to 65535.");
            }
        });
        var data = new Option<string?>("--data") { Description = "Folder for the demo's state. Default: a temporary one, removed at the end." };
        var json = new Option<bool>("--json") { Description = "When ready, print one line of JSON and nothing else." };
        var command = new Command("demo", "Start the gateway with a scripted backend and a development issuer.") { port, data, json };
        command.SetAction((parsed, cancellationToken) => CommandFault.ReportAsync(() => RunAsync(
            new DemoSettings { Port = parsed.GetValue(port), DataDirectory = parsed.GetValue(data) },
            parsed.GetValue(json) ? DemoBanner.AsJson : DemoBanner.AsText,
            Console.Out,
            cancellationToken)));
        return command;
    }

    private static async Task<DemoGateway> StartAsync(DemoSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await DemoGateway.StartAsync(settings, TimeProvider.System, cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandFault($"--data: {fault.Message}", fault);
        }
    }

    internal static async Task<int> RunAsync(
        DemoSettings settings, Func<DemoGateway, string> banner, TextWriter output, CancellationToken cancellationToken)
    {
        await using var gateway = await StartAsync(settings, cancellationToken);
        await output.WriteLineAsync(banner(gateway));

        // Not the command's token: a Ctrl-C right after the banner is a stop, and not a failure to print it.
        await output.FlushAsync(CancellationToken.None);

        // Both the command line and the host listen for Ctrl-C; whichever hears it first ends the demo.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, gateway.Stopping);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = either.Token.Register(stopped.SetResult);
        await stopped.Task;
        return 0;
    }
}
