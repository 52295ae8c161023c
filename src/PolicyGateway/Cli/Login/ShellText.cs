using System.Text.RegularExpressions;

namespace PolicyGateway.Cli.Login;

/// <summary>Text from outside in a command line that somebody will copy.</summary>
internal static partial class ShellText
{
    public static string Quoted(string text) =>
        Harmless().IsMatch(text) ? text : $"'{PlainText.Of(text).Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\A[A-Za-z0-9._:/@=-]+\z")]
    private static partial Regex Harmless();
}
