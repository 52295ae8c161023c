using System.CommandLine;
using PolicyGateway.Cli.Access;

namespace PolicyGateway.Cli.Login;

/// <summary>Options that several of the login's commands have.</summary>
internal static class LoginOptions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Option<string> Store() => new("--store")
    {
        Description = "The file that keeps the login, for you alone. Default: policygateway/login.json in your configuration folder (XDG_CONFIG_HOME).",
        HelpName = "FILE",
        DefaultValueFactory = static _ => LoginStore.Usual,
    };

    public static Option<string?> Gateway(string purpose) => new("--url")
    {
        Description = $"The gateway's public address, {purpose}. Default: the variable {ApiCall.UrlVariable}.",
        HelpName = "URL",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable(ApiCall.UrlVariable) is { Length: > 0 } url ? url : null,
    };

    /// <summary>A client for providers.</summary>
    /// <param name="patience">How long one answer may take; 30 seconds unless it is said.</param>
    public static HttpClient Client(TimeSpan? patience = null) =>
        new(new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }, patience ?? Patience)) { Timeout = Timeout.InfiniteTimeSpan };
}
