using System.Text.Json;
using System.Text.Json.Serialization;
using PolicyGateway.Cli;

namespace PolicyGateway.Demo;

/// <summary>The settings of a demo gateway: complete, so that no file in the working directory is needed.</summary>
internal static class DemoConfiguration
{
    private const string Cluster = "demo";

    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static Dictionary<string, string?> For(Uri url, Uri management, Uri backend, string dataDirectory)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Gateway:PublicUrl"] = Address(url),
            ["Gateway:ListenUrl"] = Address(url),
            ["Gateway:ManagementUrl"] = Address(management),
            ["Gateway:DataDirectory"] = dataDirectory,
            ["Policy:File"] = RepositoryFiles.Require(RepositoryFiles.Policy, "Policy:File"),
            ["Classifier:Bundle"] = RepositoryFiles.Require(RepositoryFiles.Bundle, "Classifier:Bundle"),
            ["Classifier:EncoderBundle"] = RepositoryFiles.Require(RepositoryFiles.EncoderBundle, "Classifier:EncoderBundle"),
            [$"Backends:Clusters:{Cluster}:Destinations:0"] = Address(backend),

            // Standard output is for the banner, or for the one line of --json.
            ["Logging:Console:LogToStandardErrorThreshold"] = "Trace",
            ["Logging:LogLevel:Default"] = "Warning",

            // The shipped policy's warnings are for operators, who get them from validate.
            ["Logging:LogLevel:PolicyGateway.Policy.PolicyStore"] = "Error",
        };
        foreach (var model in DemoModels.All)
        {
            settings[$"Backends:Models:{model}:Cluster"] = Cluster;
        }

        return settings;
    }

    /// <summary>An options object as the configuration keys that bind to it.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Flatten(string key, object options)
    {
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(options, options.GetType(), Json));
        return [.. new ConfigurationBuilder().AddJsonStream(json).Build().AsEnumerable()
            .Where(pair => !string.IsNullOrEmpty(pair.Value))
            .Select(pair => KeyValuePair.Create(key + ":" + pair.Key, pair.Value))];
    }

    private static string Address(Uri uri) => uri.GetLeftPart(UriPartial.Authority);
}
