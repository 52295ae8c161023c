using System.CommandLine;
using PolicyGateway.Cli.Access;

namespace PolicyGateway.Cli.Login;

/// <summary>Options that several of the login's commands have.</summary>
internal static class LoginOptions
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Option<string> Store() => new("--store")
    {
        Description = "The file that keeps the login, for you alone. Default: policygateway/login.json in your configuration folder (XDG_CONFIG_HOME).",
        HelpName = "FILE",
        DefaultValueFactory = static _ => Path.Combine(LoginStore.Folder, "login.json"),
    };

    public static Option<string?> Gateway(string purpose) => new("--url")
    {
        Description = $"The gateway's public address, {purpose}. Default: the variable {ApiCall.UrlVariable}.",
        HelpName = "URL",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable(ApiCall.UrlVariable) is { Length: > 0 } url ? url : null,
    };

    public static HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Patience, MaxResponseContentBufferSize = 1024 * 1024 };
}
