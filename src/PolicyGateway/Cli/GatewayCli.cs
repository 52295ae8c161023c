using System.CommandLine;
using PolicyGateway.Cli.Access;
using PolicyGateway.Cli.Login;

namespace PolicyGateway.Cli;

/// <summary>The command line: <c>serve</c> unless another command is named.</summary>
internal static class GatewayCli
{
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
