namespace PolicyGateway.Forwarding;

/// <summary>Section <c>Backends</c>: clusters of model servers, and which model each of them serves.</summary>
internal sealed class BackendOptions
{
    public const string Section = "Backends";

    /// <summary>By name; at least one.</summary>
    public Dictionary<string, ClusterOptions> Clusters { get; set; } = [];

    /// <summary>Models by the name that callers use. A model that is not listed does not exist.</summary>
    public Dictionary<string, ModelOptions> Models { get; set; } = [];
}

/// <summary>Servers that offer the same models.</summary>
internal sealed class ClusterOptions
{
    /// <summary>Base addresses without the API's path, such as <c>https://api.example.com</c>; at least one.</summary>
    public List<string> Destinations { get; set; } = [];

    /// <summary>The backend's API key in this environment variable; or see <see cref="ApiKeyFile"/>; or none.</summary>
    public string? ApiKeyEnvironment { get; set; }

    /// <summary>The backend's API key in this file, white space at its ends ignored.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>Where the backend wants its key: <c>Authorization</c> as a bearer token, or bare in <c>x-api-key</c>, <c>api-key</c> or <c>x-goog-api-key</c>.</summary>
    public string ApiKeyHeader { get; set; } = "Authorization";

    /// <summary>Longest silence of the backend, 1 s to 1 h; thinking models are silent for minutes.</summary>
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Path that answers 2xx while a destination is healthy, for example <c>/v1/models</c>; unset: not asked.</summary>
    public string? HealthPath { get; set; }

    /// <summary>Time between two health requests, 1 s to 1 h.</summary>
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>YARP's policy: PowerOfTwoChoices, RoundRobin, LeastRequests, Random or FirstAlphabetical.</summary>
    public string LoadBalancing { get; set; } = "PowerOfTwoChoices";
}

/// <summary>A model that callers may name.</summary>
internal sealed class ModelOptions
{
    /// <summary>A key of <c>Backends:Clusters</c>.</summary>
    public string Cluster { get; set; } = "";

    /// <summary>The lowest tier that sees and uses the model; unset: everyone.</summary>
    public string? Tier { get; set; }
}
