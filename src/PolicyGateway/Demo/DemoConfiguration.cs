using PolicyGateway.Cli;

namespace PolicyGateway.Demo;

/// <summary>The settings of a demo gateway: complete, so that no file in the working directory is needed.</summary>
internal static class DemoConfiguration
{
    private const string Cluster = "demo";

    public static Dictionary<string, string?> For(Uri url, Uri management, Uri backend, string dataDirectory)
    {
        var settings = Fixed(url, management, backend, dataDirectory);
        foreach (var model in DemoModels.All)
        {
            settings[$"Backends:Models:{model}:Cluster"] = Cluster;
        }

        return settings;
    }

    private static Dictionary<string, string?> Fixed(Uri url, Uri management, Uri backend, string dataDirectory) => new()
    {
        ["Gateway:PublicUrl"] = url.ToString(),
        ["Gateway:ListenUrl"] = url.ToString(),
        ["Gateway:ManagementUrl"] = management.ToString(),
        ["Gateway:DataDirectory"] = dataDirectory,
        ["Policy:File"] = RepositoryFiles.Require(RepositoryFiles.Policy, "Policy:File"),
        ["Classifier:Bundle"] = RepositoryFiles.Require(RepositoryFiles.Bundle, "Classifier:Bundle"),
        [$"Backends:Clusters:{Cluster}:Destinations:0"] = backend.ToString(),

        // Standard output is for the banner, or for the one line of --json.
        ["Logging:Console:LogToStandardErrorThreshold"] = "Trace",
        ["Logging:LogLevel:Default"] = "Warning",
    };
}
