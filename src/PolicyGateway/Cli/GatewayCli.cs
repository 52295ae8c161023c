using System.CommandLine;
using System.CommandLine.Invocation;
using PolicyGateway.Cli.Access;
using PolicyGateway.Cli.Login;

namespace PolicyGateway.Cli;

/// <summary>The command line: <c>serve</c> unless another command is named.</summary>
internal static class GatewayCli
{
    private const int Unusable = 2;

    /// <summary>Runs a command line. The exit status is the command's own, but 2 where it was typed wrong: a script can tell that from a refusal.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, InvocationConfiguration configuration)
    {
        var parsed = Create().Parse(arguments);
        var code = await parsed.InvokeAsync(configuration);
        return parsed.Action is ParseErrorAction ? Unusable : code;
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
}
