namespace PolicyGateway.Forwarding;

/// <summary>Section <c>Backends</c>: clusters of model servers, and which model each of them serves.</summary>
internal sealed class BackendOptions
{
    public const string Section = "Backends";

    /// <summary>By name; at least one.</summary>
    public Dictionary<string, ClusterOptions> Clusters { get; set; } = [];

    /// <summary>Models by the name that callers use. A model that is not listed does not exist.</summary>
    public Dictionary<string, ModelOptions> Models { get; set; } = [];

    /// <summary>Most destinations that one request is sent to, one after the other, 1 to 10; 1 never tries another.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Share of the requests of the last half minute that may be sent again, 0 to 1; a few always may, unless it is 0.</summary>
    public double RetryBudget { get; set; } = 0.2;
}

/// <summary>Servers that offer the same models.</summary>
internal sealed class ClusterOptions
{
    /// <summary>At least one; each an address, or an object where it has a weight or a priority.</summary>
    public List<DestinationOptions> Destinations { get; set; } = [];

    /// <summary>The backend's API key in this environment variable; or see <see cref="ApiKeyFile"/>; or none.</summary>
    public string? ApiKeyEnvironment { get; set; }

    /// <summary>The backend's API key in this file, white space at its ends ignored.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>Where the backend wants its key: <c>Authorization</c> as a bearer token, or bare in <c>x-api-key</c>, <c>api-key</c> or <c>x-goog-api-key</c>.</summary>
    public string ApiKeyHeader { get; set; } = "Authorization";

    /// <summary>Longest silence of the backend, 1 s to 1 h; thinking models are silent for minutes.</summary>
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Longest wait for the head of an answer, 1 s to 1 h. Without a stream it comes after all the thinking. It is silence,
    /// too: above <see cref="ActivityTimeout"/> that one ends the wait.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Path that answers 2xx while a destination is healthy, for example <c>/v1/models</c>; unset: not asked.</summary>
    public string? HealthPath { get; set; }

    /// <summary>Time between two health requests, 1 s to 1 h.</summary>
    public TimeSpan HealthInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Who of equal priority is asked: <c>Weighted</c>, by chance and weight, or YARP's PowerOfTwoChoices, RoundRobin,
    /// LeastRequests, Random or FirstAlphabetical, which know no weights.
    /// </summary>
    public string LoadBalancing { get; set; } = WeightedPolicy.PolicyName;

    /// <summary>
    /// Whether streams are asked to tell their usage where the protocol has an option for it (<c>stream_options.include_usage</c>). The
    /// frame that does stays with us, unless the caller asked for it, too.
    /// </summary>
    public bool CountUsage { get; set; } = true;

    /// <summary>What the servers are told of who asks, where the protocol has a field for it.</summary>
    public SafetyIdentifier SafetyIdentifier { get; set; }

    /// <summary>Whether the servers are told who asks by a pseudonym.</summary>
    public bool SendsPseudonym => SafetyIdentifier == SafetyIdentifier.Pseudonym
        || (SafetyIdentifier == SafetyIdentifier.Auto && Destinations.Count > 0 && Destinations.TrueForAll(static destination => destination.TakesSafetyIdentifier));

    /// <summary>What the servers say of their answers that counts; none by default. It can only make a verdict stricter.</summary>
    public List<SignalOptions> Signals { get; set; } = [];

    /// <summary>When a destination that fails is left alone.</summary>
    public CircuitBreakerOptions CircuitBreaker { get; set; } = new();
}

/// <summary>What a cluster's servers are told of who asks.</summary>
internal enum SafetyIdentifier
{
    /// <summary>As <see cref="Pseudonym"/> where all of its servers are those of OpenAI or Anthropic, who ask for it; else as <see cref="None"/>, since others may refuse the field.</summary>
    Auto,

    /// <summary>What the client says, if it says anything.</summary>
    None,

    /// <summary>A name that is the caller's at this cluster only, in place of whatever the client says.</summary>
    Pseudonym,
}

/// <summary>
/// When a destination is left alone, and for how long. Afterwards one request finds out whether it works again. A failure is
/// a connection that fails or breaks off, a head that does not come, or a status of 500 and above.
/// </summary>
internal sealed class CircuitBreakerOptions
{
    /// <summary>Share of failures that opens the circuit, 0.01 to 1.</summary>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Fewer requests within the window say nothing, 2 to 10,000.</summary>
    public int MinimumRequests { get; set; } = 5;

    /// <summary>How far back requests count, 1 s to 10 min.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a destination is left alone, 1 s to 1 h.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>A model that callers may name.</summary>
internal sealed class ModelOptions
{
    /// <summary>A key of <c>Backends:Clusters</c>.</summary>
    public string Cluster { get; set; } = "";

    /// <summary>The lowest tier that sees and uses the model, by each of its names; unset: everyone.</summary>
    public string? Tier { get; set; }

    /// <summary>Other names that callers may use for it.</summary>
    public List<string> Aliases { get; set; } = [];

    /// <summary>The name that the backend knows it by; unset: the model's own.</summary>
    public string? Upstream { get; set; }

    /// <summary>Most tokens that one answer may have, 1 to 10,000,000; a higher bound of the caller is lowered, a missing one added. Unset: no bound.</summary>
    public int? MaxTokens { get; set; }

    /// <summary>Most answers to one request (<c>n</c>), 1 to 128, beside <c>Gateway:MaxChoices</c>; unset: no bound of its own.</summary>
    public int? MaxChoices { get; set; }

    /// <summary>Models that answer in its place, in this order, when its cluster cannot; only those that the caller may use.</summary>
    public List<string> Fallbacks { get; set; } = [];
}
