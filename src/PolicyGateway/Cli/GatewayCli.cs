using System.CommandLine;
using System.CommandLine.Invocation;
using PolicyGateway.Cli.Access;
using PolicyGateway.Cli.Login;

namespace PolicyGateway.Cli;

/// <summary>The command line: <c>serve</c> unless another command is named.</summary>
internal static class GatewayCli
{
    private const int Failed = 1;
    private const int Unusable = 2;

    /// <summary>128 + SIGINT, as shells expect of a command that was interrupted.</summary>
    private const int Interrupted = 130;

    /// <summary>
    /// Runs a command line. The exit status is the command's own, but 2 where it was typed wrong or what it prints cannot be written: a
    /// script can tell both from a refusal.
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, InvocationConfiguration configuration)
    {
        var (output, error) = (new CheckedOutput(configuration.Output), new CheckedOutput(configuration.Error));
        if (ReferenceEquals(configuration.Output, Console.Out))
        {
            // Some commands write there without being told to.
            Console.SetOut(output);
            Console.SetError(error);
        }

        (configuration.Output, configuration.Error, configuration.EnableDefaultExceptionHandler) = (output, error, false);
        try
        {
            var root = Create();
            var parsed = root.Parse(arguments);
            if (parsed.CommandResult.Command != root && StrayOption(parsed, root) is { } stray)
            {
                return Tell(error, $"{stray} stands before '{parsed.CommandResult.Command.Name}', where it would be read by nobody: write it behind.", Unusable);
            }

            var code = await parsed.InvokeAsync(configuration);
            return parsed.Action is ParseErrorAction ? Unusable : code;
        }
        catch (OutputFault fault)
        {
            return Tell(error, fault.Message, Unusable);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception bug)
        {
            return Tell(error, $"Unhandled exception: {bug}", Failed);
        }
    }

    public static RootCommand Create()
    {
        var root = new RootCommand("A gateway in front of model APIs that releases dual-use completions to verified callers only.")
        {
            DemoCommand.Create(),
            ValidateCommand.Create(),
            TokenCommand.Create(),
            ClassifyCommand.Create(),
            EvaluateCommand.Create(),
            ReplayCommand.Create(),
            ExplainCommand.Create(),
            AuditCommand.Create(),
            StateCommand.Create(),
            AppealsCommand.Create(),
            PrivacyCommand.Create(),
            LoginCommand.Create(),
            LogoutCommand.Create(),
        };
        foreach (var command in AccessCommands.Create())
        {
            root.Add(command);
        }

        ServeCommand.AddTo(root);
        return root;
    }

    /// <summary>The first option that belongs to no command at all and stands before one that is named; null where none does.</summary>
    private static string? StrayOption(ParseResult parsed, RootCommand root) => root.Options
        .FirstOrDefault(option => option is { Recursive: false, Action: null } && parsed.RootCommandResult.GetResult(option) is { Implicit: false })?.Name;

    private static int Tell(TextWriter error, string message, int code)
    {
        try
        {
            error.WriteLine(message);
            return code;
        }
        catch (OutputFault)
        {
            // Nobody is left to tell.
            return Unusable;
        }
    }
}
