namespace PolicyGateway.Telemetry;

/// <summary>What the semantic conventions want to know of every generative request.</summary>
/// <param name="Operation"><c>gen_ai.operation.name</c>, for example <c>chat</c>.</param>
/// <param name="Dialect">The dialect, for example <c>openai.chat</c>.</param>
/// <param name="Model">A configured model: a name that the caller made up must name no span and no label.</param>
internal readonly record struct GenAiCall(string Operation, string Dialect, string Model)
{
    /// <summary><c>gen_ai.provider.name</c>: whose protocol is spoken; who runs the backend behind it is not known here.</summary>
    public string Provider => Dialect[..Math.Max(0, Dialect.IndexOf('.', StringComparison.Ordinal))] switch
    {
        "gemini" => "gcp.gemini",
        "azure" => "azure.ai.openai",
        "" => Dialect,
        var family => family,
    };
}
